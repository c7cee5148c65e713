import { useLingui } from "@lingui/react/macro";
import type { EdgeDestinationState, EdgeSourceState } from "../api/generated/graphql";
import type { IconName } from "../ui/Icon";
import { Mark, type Tone } from "../ui/Status";

const SOURCE: Record<EdgeSourceState, [Tone, IconName]> = {
  STARTING: ["plain", "wait"],
  CONNECTED: ["good", "pass"],
  WAITING: ["silent", "wait"],
  REFUSED: ["alarm", "fail"],
};

const DESTINATION: Record<EdgeDestinationState, [Tone, IconName]> = {
  WORKS: ["good", "pass"],
  FAILING: ["silent", "wait"],
  REFUSED: ["alarm", "fail"],
};

/** `stale`: the edge that said so is silent now. */
export function SourceMark({ state, stale }: { state: EdgeSourceState; stale: boolean }) {
  const { t } = useLingui();
  const [tone, icon] = SOURCE[state];
  return (
    <Mark tone={stale ? "plain" : tone} icon={icon}>
      {
        {
          STARTING: t`Starting`,
          CONNECTED: t`Connected`,
          WAITING: t`Tried again`,
          REFUSED: t`Settings refused`,
        }[state]
      }
    </Mark>
  );
}

export function DestinationMark({ state, stale }: { state: EdgeDestinationState; stale: boolean }) {
  const { t } = useLingui();
  const [tone, icon] = DESTINATION[state];
  return (
    <Mark tone={stale ? "plain" : tone} icon={icon}>
      {{ WORKS: t`Works`, FAILING: t`Tried again`, REFUSED: t`Settings refused` }[state]}
    </Mark>
  );
}
