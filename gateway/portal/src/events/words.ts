import { useLingui } from "@lingui/react/macro";
import type { EventKind, Recovery } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";

export const EVENT_ICONS: Record<EventKind, IconName> = {
  PART_REPLACED: "part",
  MAINTENANCE: "wrench",
  RECIPE_CHANGE: "table",
  FAILURE: "failure",
  ABNORMAL: "fail",
  NORMAL: "pass",
};

export function useEventWord(): (kind: EventKind) => string {
  const { t } = useLingui();
  return (kind) =>
    ({
      PART_REPLACED: t`Part replaced`,
      MAINTENANCE: t`Maintenance done`,
      RECIPE_CHANGE: t`Recipe changed`,
      FAILURE: t`Failure seen`,
      ABNORMAL: t`Ran abnormally`,
      NORMAL: t`Ran normally`,
    })[kind];
}

/** An event in a few words: "Part replaced: lens". */
export function useEventText(): (event: { kind: EventKind; part: string | null }) => string {
  const { t } = useLingui();
  const word = useEventWord();
  return ({ kind, part }) => (part ? t`${word(kind)}: ${part}` : word(kind));
}

export function useRecoveryWord(): (recovery: Recovery) => string {
  const { t } = useLingui();
  return (recovery) =>
    ({
      NEEDS_MODEL: t`Needs a model`,
      RETRAINING: t`Training`,
      SHADOW: t`A version waits`,
      RECOVERED: t`Recovered`,
    })[recovery];
}

export const RECOVERY_ICONS: Record<Recovery, IconName> = {
  NEEDS_MODEL: "failure",
  RETRAINING: "wait",
  SHADOW: "chart",
  RECOVERED: "pass",
};

export const isLabel = (kind: EventKind): boolean => kind === "ABNORMAL" || kind === "NORMAL";
