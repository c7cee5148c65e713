import type { RunFactsFragment, RunState } from "../api/generated/graphql";

/** States in which a run still moves, in order. */
export const STAGES = [
  "QUEUED",
  "FREEZING",
  "STARTING",
  "TRAINING",
  "CHECKING",
] as const satisfies readonly RunState[];
export type Stage = (typeof STAGES)[number];

const ENDED: ReadonlySet<RunState> = new Set<RunState>(["SUCCEEDED", "STOPPED", "FAILED", "CANCELLED"]);

export function ended(state: RunState): boolean {
  return ENDED.has(state);
}

export interface StageFacts {
  stage: Stage;
  state: "done" | "now" | "ahead" | "not reached";
  seconds: number | null;
}

/** Each stage with the time it took. A run that ended early never reached the later ones. */
export function stagesOf(run: Pick<RunFactsFragment, "state" | "stages">): StageFacts[] {
  const spent = new Map(run.stages.map(({ key, value }) => [key.toUpperCase(), value]));
  const here = STAGES.indexOf(run.state as Stage);
  const over = ended(run.state) || run.state === "CANCELLING";
  return STAGES.map((stage, place) => {
    const seconds = spent.get(stage) ?? null;
    if (over) return { stage, state: seconds === null ? "not reached" : "done", seconds };
    return { stage, state: place < here ? "done" : place === here ? "now" : "ahead", seconds };
  });
}
