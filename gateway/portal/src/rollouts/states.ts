import type { RolloutAssetState, RolloutFactsFragment, RolloutState } from "../api/generated/graphql";

/** States of an asset in the order in which they are counted: what is settled, then what is to come. */
export const ASSET_STATES = [
  "PROMOTED",
  "ROLLED_BACK",
  "QUARANTINED",
  "LEFT",
  "PASSED",
  "TRAINING",
  "WAITING",
] as const satisfies readonly RolloutAssetState[];

export type Counts = ReadonlyMap<RolloutAssetState, number>;

interface CohortFacts {
  counts: readonly { state: RolloutAssetState; assets: number }[];
}

export function countsOf(cohort: CohortFacts): Counts {
  return new Map(cohort.counts.map(({ state, assets }) => [state, assets]));
}

/** How many assets of all cohorts are in each state. */
export function totalOf(cohorts: readonly CohortFacts[]): Counts {
  const total = new Map<RolloutAssetState, number>();
  for (const { counts } of cohorts)
    for (const { state, assets } of counts) total.set(state, (total.get(state) ?? 0) + assets);
  return total;
}

export function sum(counts: Counts): number {
  return [...counts.values()].reduce((all, each) => all + each, 0);
}

export function over(state: RolloutState): boolean {
  return state === "DONE" || state === "CANCELLED" || state === "ROLLED_BACK";
}

export type Step = "pause" | "resume" | "cancel" | "rollBack";

/** What a person may do with a rollout, in the order of the buttons. */
export function stepsOf(state: RolloutState): readonly Step[] {
  switch (state) {
    case "RUNNING":
      return ["pause", "cancel", "rollBack"];
    case "PAUSED":
      return ["resume", "cancel", "rollBack"];
    case "DONE":
    case "CANCELLED":
      return ["rollBack"];
    case "ROLLED_BACK":
      return [];
  }
}

/** Share of its cohorts that a rollout has behind it, from 0 to 1; it costs no count of assets. */
export function behind(rollout: Pick<RolloutFactsFragment, "state" | "cohort" | "cohortCount">): number {
  if (rollout.state === "DONE") return 1;
  return (rollout.cohort - 1) / rollout.cohortCount;
}

/** The shares of a field such as "1, 10, 100", from percent to parts of one; null unless they rise to a hundred. */
export function sharesOf(text: string): readonly number[] | null {
  const percents = text
    .split(/[\s,;%]+/)
    .filter(Boolean)
    .map(Number);
  const rising = percents.every((each, place) => each > (percents[place - 1] ?? 0));
  return rising && percents.at(-1) === 100 ? percents.map((each) => each / 100) : null;
}
