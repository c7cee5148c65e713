import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { PromoteDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import { Answering } from "../asset/Answering";
import { Button, LinkButton } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Failed, Notice } from "../ui/Status";
import type { StepProps } from "./Retrain";
import styles from "./Retrain.module.css";

/** Says what will happen, asks once, and then says how to undo it. */
export function PromoteStep({ asset, way, go, again }: StepProps) {
  const { t } = useLingui();
  const may = useMay();
  const [asking, setAsking] = useState(false);
  const promote = useAct(PromoteDocument);
  const { candidate, promoted } = way;
  const champion = asset.deployment?.champion ?? null;

  async function confirm() {
    if (!candidate) return;
    const done = await promote.run({ assetId: asset.id, versionId: candidate.id });
    setAsking(false);
    if (done) again();
  }

  if (!candidate) return null;
  return (
    <Panel title={promoted ? <Trans>Done</Trans> : <Trans>6. Promote version {candidate.number}?</Trans>}>
      <div className={styles["content"]}>
        {promote.problem ? <Failed problem={promote.problem} again={() => void confirm()} /> : null}
        {promoted ? (
          <>
            <Notice tone="good">
              <Trans>
                Version {candidate.number} answers for {asset.title}.
              </Trans>
            </Notice>
            <Answering asset={asset} onChanged={again} />
            <Actions>
              <Button onPress={() => go("dates")}>
                <Trans>Train another version</Trans>
              </Button>
              <LinkButton tone="main" href={`/assets/${encodeURIComponent(asset.key)}`}>
                <Trans>Back to the asset</Trans>
              </LinkButton>
            </Actions>
          </>
        ) : (
          <>
            <ul className={styles["says"]}>
              <li>
                {champion ? (
                  <Trans>
                    From the next row on, v{candidate.number} answers instead of v{champion.number}.
                  </Trans>
                ) : (
                  <Trans>From the next row on, v{candidate.number} answers for this asset.</Trans>
                )}
              </li>
              <li>
                <Trans>No row goes without an answer while they change places.</Trans>
              </li>
              <li>
                {champion ? (
                  <Trans>One press brings v{champion.number} back.</Trans>
                ) : (
                  <Trans>There is no earlier version to bring back.</Trans>
                )}
              </li>
            </ul>
            <Actions>
              <Button onPress={() => go("watch")}>
                <Trans>Watch longer</Trans>
              </Button>
              <Button tone="main" isDisabled={!may("PROMOTE")} onPress={() => setAsking(true)}>
                <Trans>Promote v{candidate.number}</Trans>
              </Button>
            </Actions>
          </>
        )}
        <Dialog
          title={t`Promote version ${candidate.number}?`}
          open={asking}
          onClose={() => setAsking(false)}
          asks
        >
          <p>
            {champion ? (
              <Trans>
                v{candidate.number} will answer for {asset.title} instead of v{champion.number}. You can undo
                this.
              </Trans>
            ) : (
              <Trans>
                v{candidate.number} will answer for {asset.title}.
              </Trans>
            )}
          </p>
          <Actions>
            <Button onPress={() => setAsking(false)}>
              <Trans>Not yet</Trans>
            </Button>
            <Button tone="main" busy={promote.busy} onPress={() => void confirm()}>
              <Trans>Yes, promote</Trans>
            </Button>
          </Actions>
        </Dialog>
      </div>
    </Panel>
  );
}
