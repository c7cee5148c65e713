import { useLingui } from "@lingui/react/macro";
import type { RolloutAssetState, RolloutState } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";
import { Mark, type Tone } from "../ui/Status";

const LOOKS: Record<RolloutState, [Tone, IconName]> = {
  RUNNING: ["act", "wait"],
  PAUSED: ["silent", "alarm"],
  DONE: ["good", "pass"],
  CANCELLED: ["plain", "close"],
  ROLLED_BACK: ["plain", "undo"],
};

export function RolloutMark({ state }: { state: RolloutState }) {
  const { t } = useLingui();
  const [tone, icon] = LOOKS[state];
  const word = {
    RUNNING: t`Running`,
    PAUSED: t`Paused`,
    DONE: t`Done`,
    CANCELLED: t`Cancelled`,
    ROLLED_BACK: t`Rolled back`,
  }[state];
  return (
    <Mark tone={tone} icon={icon}>
      {word}
    </Mark>
  );
}

const ASSET_LOOKS: Record<RolloutAssetState, [Tone, IconName]> = {
  WAITING: ["plain", "normal"],
  TRAINING: ["act", "wait"],
  PASSED: ["act", "pass"],
  PROMOTED: ["good", "pass"],
  QUARANTINED: ["silent", "fail"],
  ROLLED_BACK: ["plain", "undo"],
  LEFT: ["plain", "none"],
};

/** The word for how far an asset of a rollout is; the same word everywhere. */
export function useAssetWord(): (state: RolloutAssetState) => string {
  const { t } = useLingui();
  return (state) =>
    ({
      WAITING: t`Waiting`,
      TRAINING: t`In training`,
      PASSED: t`Passed`,
      PROMOTED: t`Promoted`,
      QUARANTINED: t`Quarantined`,
      ROLLED_BACK: t`Rolled back`,
      LEFT: t`Left as it was`,
    })[state];
}

export function RolloutAssetMark({ state }: { state: RolloutAssetState }) {
  const word = useAssetWord();
  const [tone, icon] = ASSET_LOOKS[state];
  return (
    <Mark tone={tone} icon={icon}>
      {word(state)}
    </Mark>
  );
}
