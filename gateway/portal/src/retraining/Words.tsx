import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { PlanFactsFragment, RetrainingState } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";
import { Mark, type Tone } from "../ui/Status";

/** From noticed to what became of it. */
export const STATES = [
  "WAITING",
  "RUNNING",
  "NOT_STARTED",
  "PASSED",
  "SHADOWED",
  "SHADOW_WORSE",
  "PROMOTED",
  "STOPPED",
  "FAILED",
  "WILL_NOT_HELP",
] as const satisfies readonly RetrainingState[];

const LOOKS: Record<RetrainingState, [Tone, IconName]> = {
  WAITING: ["plain", "wait"],
  RUNNING: ["act", "wait"],
  NOT_STARTED: ["plain", "normal"],
  PASSED: ["act", "pass"],
  SHADOWED: ["act", "wait"],
  SHADOW_WORSE: ["silent", "fail"],
  PROMOTED: ["good", "pass"],
  STOPPED: ["silent", "fail"],
  FAILED: ["silent", "fail"],
  WILL_NOT_HELP: ["alarm", "fail"],
};

/** The word for what became of an occasion; the same word everywhere. */
export function useStateWord(): (state: RetrainingState) => string {
  const { t } = useLingui();
  return (state) =>
    ({
      WAITING: t`Waiting`,
      RUNNING: t`In training`,
      NOT_STARTED: t`Not started`,
      PASSED: t`Passed, waits for you`,
      SHADOWED: t`In the shadow`,
      SHADOW_WORSE: t`The shadow was worse`,
      PROMOTED: t`Promoted`,
      STOPPED: t`Stopped by gates`,
      FAILED: t`Failed`,
      WILL_NOT_HELP: t`Retraining will not help`,
    })[state];
}

export function StateMark({ state }: { state: RetrainingState }) {
  const word = useStateWord();
  const [tone, icon] = LOOKS[state];
  return (
    <Mark tone={tone} icon={icon}>
      {word(state)}
    </Mark>
  );
}

/** When a plan comes up, as a sentence. */
export function When({ when }: Pick<PlanFactsFragment, "when">) {
  const zone = when.zone ?? "UTC";
  const hour = `${String(when.hour ?? 0).padStart(2, "0")}:00`;
  const alarms = when.alarms ?? 0;
  if (when.trigger === "REGIME_CHANGE")
    return (
      <Plural
        value={when.delayHours ?? 0}
        one="# hour after a change of a machine"
        other="# hours after a change of a machine"
      />
    );
  if (when.trigger === "ALARM_FLOOD")
    return (
      <Plural
        value={when.withinDays ?? 0}
        one={`After ${alarms} alarms of a machine within # day`}
        other={`After ${alarms} alarms of a machine within # days`}
      />
    );
  if (when.trigger === "DRIFT")
    return (
      <Plural
        value={when.looks ?? 0}
        one="When signals of a machine drift for # hour"
        other="When signals of a machine drift for # hours"
      />
    );
  return (
    <>
      <Plural value={when.everyDays ?? 1} one="Every day" other="Every # days" />{" "}
      <Trans>
        at {hour} ({zone})
      </Trans>
    </>
  );
}

/** Which machines a plan is for. */
export function Machines({ plan }: { plan: Pick<PlanFactsFragment, "labels" | "asset"> }) {
  if (plan.asset) return plan.asset.title;
  return plan.labels ? plan.labels : <Trans>Every machine</Trans>;
}
