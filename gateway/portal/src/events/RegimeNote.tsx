import { Trans } from "@lingui/react/macro";
import type { RegimeFactsFragment } from "../api/generated/graphql";
import { LinkButton } from "../ui/Button";
import { Notice } from "../ui/Status";
import { Ago } from "../ui/Time";
import { useEventText } from "./words";

interface RegimeNoteProps {
  assetKey: string;
  regimes: readonly RegimeFactsFragment[];
  /** Whether a model answers: without one there is nothing to be muted. */
  served: boolean;
}

/** What a machine whose normal changed waits for; nothing once it has recovered. */
export function RegimeNote({ assetKey, regimes, served }: RegimeNoteProps) {
  const text = useEventText();
  const present = regimes.at(-1);
  if (!served || !present?.openedBy || !present.recovery || present.recovery === "RECOVERED") return null;
  const way = `/assets/${encodeURIComponent(assetKey)}/retrain`;
  return (
    <Notice
      tone="act"
      action={
        <LinkButton small href={way}>
          {present.recovery === "NEEDS_MODEL" ? <Trans>Choose dates</Trans> : <Trans>Open the way</Trans>}
        </LinkButton>
      }
    >
      <strong>{text(present.openedBy)}</strong> <Ago at={present.openedBy.time} />.{" "}
      {present.recovery === "NEEDS_MODEL" ? (
        <Trans>
          The model that answers knows the old normal, so its alarms are muted for a while. Next: choose dates
          since then and train.
        </Trans>
      ) : null}
      {present.recovery === "RETRAINING" ? (
        <Trans>A model of the new normal is being trained. Next: read its gates.</Trans>
      ) : null}
      {present.recovery === "SHADOW" ? (
        <Trans>
          A version that knows the new normal waits. Next: compare it with the champion and promote it.
        </Trans>
      ) : null}
    </Notice>
  );
}
