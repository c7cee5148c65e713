import { useLingui } from "@lingui/react/macro";
import type { LoopEnd, LoopStage, StepBack } from "../api/generated/graphql";

export function useStageWord(): (stage: LoopStage) => string {
  const { t } = useLingui();
  return (stage) => ({ OBSERVE: t`Observe`, ORIENT: t`Orient`, DECIDE: t`Decide`, ACT: t`Act` })[stage];
}

/** From what to what a stage lasts. */
export function useStageMeaning(): (stage: LoopStage) => string {
  const { t } = useLingui();
  return (stage) =>
    ({
      OBSERVE: t`from the change until it was noticed`,
      ORIENT: t`from noticed until data was chosen`,
      DECIDE: t`from data chosen until the gates were passed`,
      ACT: t`from passed until the champion was live`,
    })[stage];
}

/** What a person does about an open loop. */
export function useNextStep(): (stage: LoopStage) => string {
  const { t } = useLingui();
  return (stage) =>
    ({
      OBSERVE: t`Say what changed`,
      ORIENT: t`Choose dates and train`,
      DECIDE: t`Wait for the run and its gates`,
      ACT: t`Compare and promote`,
    })[stage];
}

export function useEndWord(): (end: LoopEnd) => string {
  const { t } = useLingui();
  return (end) =>
    ({
      LIVE: t`Champion live`,
      SUPERSEDED: t`Another change came first`,
      CASE_CLOSED: t`Case closed without training`,
    })[end];
}

export function useBackWord(): (back: StepBack) => string {
  const { t } = useLingui();
  return (back) =>
    ({
      STOPPED: t`stopped by gates`,
      FAILED: t`run failed`,
      CANCELLED: t`run cancelled`,
      CHOSEN_AGAIN: t`data chosen again`,
      SHADOW_STOPPED: t`shadow stopped`,
      ROLLED_BACK: t`promotion undone`,
    })[back];
}
