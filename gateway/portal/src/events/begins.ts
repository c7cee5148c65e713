import type { EventKind } from "../api/generated/graphql";

interface Part {
  name: string;
  core: boolean;
}

/**
 * Whether an event is taken to end the old normal until a person says otherwise; null where it cannot. Of a part that
 * was replaced before, what was said then.
 */
export function presetBegins(kind: EventKind, part: string, known: readonly Part[]): boolean | null {
  if (kind === "MAINTENANCE") return false;
  if (kind === "RECIPE_CHANGE") return true;
  if (kind !== "PART_REPLACED") return null;
  const name = part.trim().toLowerCase();
  return known.find((each) => each.name.toLowerCase() === name)?.core ?? true;
}
