import { Trans } from "@lingui/react/macro";
import type { CapsuleFactsFragment } from "../api/generated/graphql";
import { Mark } from "../ui/Status";

/** Whether the score was given again, bit for bit. */
export function CapsuleMark({ capsule }: { capsule: Pick<CapsuleFactsFragment, "state" | "reproduced"> }) {
  if (capsule.state === "MAKING")
    return (
      <Mark tone="plain" icon="wait">
        <Trans>Being made</Trans>
      </Mark>
    );
  if (capsule.state === "FAILED")
    return (
      <Mark tone="alarm" icon="fail">
        <Trans>Could not be made</Trans>
      </Mark>
    );
  if (capsule.reproduced === null)
    return (
      <Mark tone="silent" icon="none">
        <Trans>Not scored again yet</Trans>
      </Mark>
    );
  return capsule.reproduced ? (
    <Mark tone="good" icon="pass">
      <Trans>Reproduced, bit for bit</Trans>
    </Mark>
  ) : (
    <Mark tone="alarm" icon="fail">
      <Trans>Came out otherwise</Trans>
    </Mark>
  );
}
