import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import {
  type RolloutAssetState,
  RolloutAssetsDocument,
  type RolloutAssetsQuery,
} from "../api/generated/graphql";
import { NONE, useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { figure } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import type { RolloutData } from "./Rollout";
import { RolloutAssetMark, useAssetWord } from "./RolloutMark";
import styles from "./Rollouts.module.css";
import { ASSET_STATES } from "./states";

type RolloutAsset = NonNullable<RolloutAssetsQuery["rollout"]>["assets"]["edges"][number]["node"];

/** The assets in one state, quarantined ones first, each with the reason and the way to it. */
export function RolloutAssets({ rollout }: { rollout: RolloutData }) {
  const { t } = useLingui();
  const word = useAssetWord();
  const [show, setShow] = useState<RolloutAssetState | "ALL">("QUARANTINED");
  const assets = useListed(
    RolloutAssetsDocument,
    { id: rollout.id, state: show === "ALL" ? null : show },
    (data) => data.rollout?.assets ?? NONE,
    ({ asset }) => asset.id,
    5000,
  );
  const choices = [
    { key: "ALL" as const, text: t`All assets` },
    ...ASSET_STATES.map((state) => ({ key: state, text: word(state) })),
  ];
  return (
    <Panel
      title={<Trans>Assets</Trans>}
      flush
      actions={<Choose label={t`Show`} hideLabel value={show} choices={choices} onChange={setShow} />}
    >
      {assets.problem ? <Failed problem={assets.problem} again={assets.again} /> : null}
      {!assets.loaded && !assets.problem ? <Skeleton lines={3} /> : null}
      {assets.loaded && assets.nodes.length === 0 ? <Nothing show={show} /> : null}
      {assets.nodes.length > 0 ? <Table nodes={assets.nodes} /> : null}
      {assets.more ? (
        <div className={styles["more"]}>
          <Button small onPress={assets.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Nothing({ show }: { show: RolloutAssetState | "ALL" }) {
  return (
    <Empty
      title={
        show === "QUARANTINED" ? (
          <Trans>No asset is quarantined</Trans>
        ) : (
          <Trans>No asset is in this state</Trans>
        )
      }
    >
      {show === "QUARANTINED" ? (
        <p>
          <Trans>
            Assets whose new version fails a gate are listed here; they keep the champion they have.
          </Trans>
        </p>
      ) : null}
    </Empty>
  );
}

function Table({ nodes }: { nodes: readonly RolloutAsset[] }) {
  const { t } = useLingui();
  return (
    <table className={styles["table"]} aria-label={t`Assets of the rollout`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Asset</Trans>
          </th>
          <th scope="col">
            <Trans>Why</Trans>
          </th>
          <th scope="col">
            <Trans>Made by</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((each) => (
          <Row key={each.asset.id} each={each} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ each: { asset, cohort, state, reason, parameters, version, run } }: { each: RolloutAsset }) {
  return (
    <tr>
      <td>
        <RolloutAssetMark state={state} />
      </td>
      <td>
        <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
        <div className={styles["hint"]}>
          <Trans>Cohort {cohort}</Trans>
          {parameters.map(({ key, value }) => ` · ${key} ${figure(value, 6)}`)}
        </div>
      </td>
      <td className={styles["reason"]}>
        {reason ?? (version ? <Trans>Version {version.number} was promoted.</Trans> : "–")}
      </td>
      <td>
        {run ? (
          <Link href={`/runs/${encodeURIComponent(run.id)}`}>
            <Trans>Run</Trans>
          </Link>
        ) : null}
      </td>
    </tr>
  );
}
