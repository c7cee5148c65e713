import { useLingui } from "@lingui/react/macro";
import type { ShadowOutcome } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";
import type { Tone } from "../ui/Status";

/** The worst first. */
export const OUTCOMES = [
  "STOPPED",
  "WORSE",
  "PRICED",
  "UNDECIDED",
  "EQUAL",
  "BETTER",
] as const satisfies readonly ShadowOutcome[];

export const LOOKS: Record<ShadowOutcome, [Tone, IconName]> = {
  STOPPED: ["alarm", "fail"],
  WORSE: ["alarm", "fail"],
  PRICED: ["act", "chart"],
  UNDECIDED: ["plain", "wait"],
  EQUAL: ["good", "normal"],
  BETTER: ["good", "pass"],
};

/** The word for how a shadow stands; the same word everywhere. */
export function useOutcomeWord(): (outcome: ShadowOutcome) => string {
  const { t } = useLingui();
  return (outcome) =>
    ({
      STOPPED: t`Stopped by the cluster`,
      WORSE: t`Worse`,
      PRICED: t`At a price`,
      UNDECIDED: t`Undecided`,
      EQUAL: t`Equal`,
      BETTER: t`Better`,
    })[outcome];
}
