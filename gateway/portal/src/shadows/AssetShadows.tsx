import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { PromoteDocument, StopShadowDocument } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { useMay } from "../app/session";
import type { AssetData } from "../asset/Asset";
import { ShadowEvidence } from "../retrain/Evidence";
import type { Range } from "../trend/times";
import { Button, LinkButton } from "../ui/Button";
import { Actions, Dialog } from "../ui/Dialog";
import { Panel } from "../ui/Panel";
import { Failed } from "../ui/Status";
import styles from "./Shadows.module.css";

interface AssetShadowsProps {
  asset: Pick<AssetData, "id" | "key" | "title" | "deployment">;
  /** Moves the charts to a place where the two differ. */
  onShow: (range: Range) => void;
  onChanged: () => void;
}

/** What scores beside the champion: its evidence, what is proposed, and the ways to promote or to end it. */
export function AssetShadows({ asset, onShow, onChanged }: AssetShadowsProps) {
  const versions = (asset.deployment?.shadows ?? []).flatMap(({ version }) => (version ? [version] : []));
  if (versions.length === 0 || !asset.deployment?.champion) return null;
  return (
    <Panel
      title={<Trans>In the shadow</Trans>}
      note={<Trans>Scores the same rows as the champion and answers nobody.</Trans>}
      actions={
        <LinkButton small href={`/assets/${encodeURIComponent(asset.key)}/retrain`}>
          <Trans>Compare and decide</Trans>
        </LinkButton>
      }
    >
      <div className={styles["stack"]} data-testid="asset-shadows">
        {versions.map((version) => (
          <div key={version.id} className={styles["one"]}>
            <ShadowEvidence assetKey={asset.key} versionId={version.id} onShow={onShow} />
            <Ways asset={asset} version={version} onChanged={onChanged} />
          </div>
        ))}
      </div>
    </Panel>
  );
}

interface WaysProps {
  asset: Pick<AssetData, "id" | "title">;
  version: { id: string; number: number };
  onChanged: () => void;
}

function Ways({ asset, version, onChanged }: WaysProps) {
  const { t } = useLingui();
  const may = useMay();
  const promote = useAct(PromoteDocument);
  const stop = useAct(StopShadowDocument);
  const [asking, setAsking] = useState(false);
  if (!may("PROMOTE")) return null;
  const input = { assetId: asset.id, versionId: version.id };
  const close = () => {
    promote.forget();
    setAsking(false);
  };
  const confirm = async () => {
    if (await promote.run(input)) {
      close();
      onChanged();
    }
  };
  return (
    <>
      {stop.problem ? <Failed problem={stop.problem} /> : null}
      <Actions>
        <Button small icon="undo" busy={stop.busy} onPress={() => void stop.run(input).then(onChanged)}>
          <Trans>Stop shadow v{version.number}</Trans>
        </Button>
        <Button small tone="main" onPress={() => setAsking(true)}>
          <Trans>Promote v{version.number}</Trans>
        </Button>
      </Actions>
      <Dialog title={t`Promote version ${version.number}?`} open={asking} onClose={close} asks>
        <p>
          <Trans>
            It answers for {asset.title} within seconds, and no row is lost. The champion before is kept: you
            can bring it back on this page.
          </Trans>
        </p>
        {promote.problem ? <Failed problem={promote.problem} /> : null}
        <Actions>
          <Button onPress={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button tone="main" busy={promote.busy} onPress={() => void confirm()}>
            <Trans>Promote</Trans>
          </Button>
        </Actions>
      </Dialog>
    </>
  );
}
