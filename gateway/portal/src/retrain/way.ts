import type { RetrainQuery } from "../api/generated/graphql";
import { ended } from "../runs/states";

export type RetrainAsset = NonNullable<RetrainQuery["asset"]>;
type RunOfWay = RetrainAsset["runs"]["edges"][number]["node"];
type EventOfWay = RetrainAsset["events"][number];

export const STEPS = ["event", "dates", "train", "gates", "watch", "promote"] as const;
export type Step = (typeof STEPS)[number];

/** Where an asset stands on the way from a change of what is normal to a promoted version. */
export interface Way {
  /** The step that waits for a person; null when the way has been walked to its end. */
  here: Step | null;
  /** The event that opened the present regime. */
  event: EventOfWay | null;
  /** The run of this way: the newest one since the event. */
  run: RunOfWay | null;
  /** What the run made for this asset, if it passed the gates. */
  candidate: { id: string; number: number } | null;
  shadowed: boolean;
  promoted: boolean;
}

/** Reads the way from what the server knows, so that it can be left and taken up anywhere. */
export function wayOf(asset: RetrainAsset): Way {
  const event = newest(
    asset.events.filter(({ beginsRegime, retractedAt }) => beginsRegime && retractedAt === null),
  );
  const latest = asset.runs.edges[0]?.node ?? null;
  // A run from before the change learned the old normal: it belongs to an earlier way.
  const run =
    latest && (!event || Date.parse(latest.createdAt) >= Date.parse(event.recordedAt)) ? latest : null;
  const mine = run
    ? asset.versions.edges.find(({ node }) => node.lineage.run?.id === run.id)?.node
    : undefined;
  const candidate = mine ? { id: mine.id, number: mine.number } : null;
  const { deployment } = asset;
  const promoted = candidate !== null && deployment?.champion?.id === candidate.id;
  const shadowed =
    candidate !== null && (deployment?.shadows ?? []).some(({ version }) => version?.id === candidate.id);
  return {
    here: stepOf(event, run, candidate !== null, promoted),
    event,
    run,
    candidate,
    shadowed,
    promoted,
  };
}

/** A way that nobody has set out on: what an earlier one left behind does not count. */
export const UNTROD: Way = {
  here: "event",
  event: null,
  run: null,
  candidate: null,
  shadowed: false,
  promoted: false,
};

/** Whether the address asks for the start of the way, or for nothing in particular. */
export function setsOut(asked: Step | undefined): boolean {
  return asked === undefined || asked === "event" || asked === "dates";
}

function stepOf(
  event: EventOfWay | null,
  run: RunOfWay | null,
  made: boolean,
  promoted: boolean,
): Step | null {
  if (promoted) return null;
  if (!run) return event ? "dates" : "event";
  if (!ended(run.state)) return "train";
  if (run.state === "FAILED" || run.state === "CANCELLED") return "train";
  return made ? "watch" : "gates";
}

function newest(events: readonly EventOfWay[]): EventOfWay | null {
  return events.reduce<EventOfWay | null>(
    (best, event) => (best === null || Date.parse(event.time) > Date.parse(best.time) ? event : best),
    null,
  );
}

export type StepState = "done" | "here" | "ahead";

/** How each step is shown. */
export function stateOf(step: Step, way: Way): StepState {
  if (way.here === null) return "done";
  const place = STEPS.indexOf(step);
  const now = STEPS.indexOf(way.here);
  return place < now ? "done" : place === now ? "here" : "ahead";
}

/** Whether a step can be opened: those behind, the present one, and promoting once a version waits. */
export function open(step: Step, way: Way): boolean {
  if (step === "event" || step === "dates") return true;
  if (step === "train") return way.run !== null;
  if (step === "gates") return (way.run?.gates.edges.length ?? 0) > 0;
  return way.candidate !== null;
}

export interface Dates {
  from: string;
  to: string;
}

/** From the start of the present regime (or a week before the last row) to the last row. */
export function defaultDates(asset: Pick<RetrainAsset, "history" | "regimes">): Dates | null {
  if (!asset.history) return null;
  const { first, last } = asset.history;
  const start = asset.regimes.find(({ end }) => end === null)?.start ?? null;
  const week = Date.parse(last) - 7 * 86_400_000;
  const from =
    start !== null && Date.parse(start) < Date.parse(last)
      ? Date.parse(start)
      : Math.max(Date.parse(first), week);
  return {
    from: new Date(Math.max(from, Date.parse(first))).toISOString(),
    to: new Date(last).toISOString(),
  };
}

export type Finding = "empty" | "no_rows";

/** What can be told of the dates without asking: the rest is for the verdict. */
export function judge(asset: Pick<RetrainAsset, "history">, dates: Dates): Finding | null {
  const from = Date.parse(dates.from);
  const to = Date.parse(dates.to);
  if (!(from < to)) return "empty";
  const { history } = asset;
  const stored =
    history && Math.max(from, Date.parse(history.first)) < Math.min(to, Date.parse(history.last));
  return stored ? null : "no_rows";
}
