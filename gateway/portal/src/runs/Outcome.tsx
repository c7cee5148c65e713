import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { PromoteDocument, RunAssetsDocument, type RunAssetsQuery } from "../api/generated/graphql";
import { useAct } from "../api/hooks";
import { NONE, useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { figure } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Mark } from "../ui/Status";
import { type Gate, useGateWord, Verdict } from "./Gates";
import styles from "./Runs.module.css";

type RunAsset = NonNullable<RunAssetsQuery["run"]>["assets"]["edges"][number]["node"];

/** A row an asset, a column a gate: a stopped version is named with the gate and the number. */
export function Outcome({ runId }: { runId: string }) {
  const { t } = useLingui();
  const word = useGateWord();
  const [show, setShow] = useState<"all" | "stopped">("all");
  const assets = useListed(
    RunAssetsDocument,
    { id: runId, stopped: show === "stopped" },
    (data) => data.run?.assets ?? NONE,
    ({ asset }) => asset.id,
    5000,
  );
  const keys = [...new Set(assets.nodes.flatMap(({ gates }) => gates.map(({ key }) => key)))];
  if (keys.length === 0 && show === "all") return null;
  const choices = [
    { key: "all" as const, text: t`All assets` },
    { key: "stopped" as const, text: t`Stopped` },
  ];
  return (
    <Panel
      title={<Trans>Gates</Trans>}
      flush
      actions={<Choose label={t`Show`} hideLabel value={show} choices={choices} onChange={setShow} />}
    >
      {assets.problem ? <Failed problem={assets.problem} again={assets.again} /> : null}
      {assets.loaded && assets.nodes.length === 0 ? (
        <Empty title={<Trans>No asset was stopped</Trans>} />
      ) : (
        <table aria-label={t`Gates by asset`}>
          <thead>
            <tr>
              <th scope="col">
                <Trans>Asset</Trans>
              </th>
              {keys.map((key) => (
                <th key={key} scope="col">
                  {word(key)}
                </th>
              ))}
              <th scope="col">
                <Trans>Next step</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {assets.nodes.map((each) => (
              <OutcomeRow key={each.asset.id} each={each} keys={keys} runId={runId} again={assets.again} />
            ))}
          </tbody>
        </table>
      )}
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

interface RowProps {
  each: RunAsset;
  keys: readonly string[];
  runId: string;
  again: () => void;
}

function OutcomeRow({ each: { asset, findings, gates, problem }, keys, runId, again }: RowProps) {
  const passed = gates.length > 0 && gates.every(({ passed }) => passed);
  return (
    <tr>
      <th scope="row">
        <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
      </th>
      {keys.map((key) => (
        <GateCell key={key} gate={gates.find((gate) => gate.key === key)} />
      ))}
      <td>
        {problem ?? <NextStep asset={asset} runId={runId} passed={passed} again={again} />}
        {findings.map(({ key, sentence }) => (
          <p key={key} className={styles["hint"]} data-testid={`finding-${key}`}>
            {sentence}
          </p>
        ))}
      </td>
    </tr>
  );
}

function GateCell({ gate }: { gate: Gate | undefined }) {
  if (!gate) return <td>–</td>;
  return (
    <td title={gate.sentence}>
      <Verdict passed={gate.passed} />
      <div className={styles["hint"]}>
        {gate.limit === null ? (
          figure(gate.value)
        ) : (
          <Trans>
            {figure(gate.value)}, limit {figure(gate.limit)}
          </Trans>
        )}
      </div>
      {gate.passed ? null : <div className={styles["hint"]}>{gate.sentence}</div>}
    </td>
  );
}

interface NextStepProps {
  asset: RunAsset["asset"];
  runId: string;
  passed: boolean;
  again: () => void;
}

function NextStep({ asset, runId, passed, again }: NextStepProps) {
  const may = useMay();
  const promote = useAct(PromoteDocument);
  if (!passed) return <Trans>The champion stays.</Trans>;
  const { champion, challenger } = asset;
  const mine = challenger?.lineage.run?.id === runId ? challenger : null;
  if (!mine)
    return champion ? (
      <Mark tone="plain" icon="normal">
        <Trans>v{champion.number} answers</Trans>
      </Mark>
    ) : null;
  return (
    <div className={styles["next"]}>
      {promote.problem ? <Failed problem={promote.problem} /> : null}
      <LinkButton small href={`/assets/${encodeURIComponent(asset.key)}/retrain`}>
        <Trans>Watch the shadow</Trans>
      </LinkButton>
      {may("PROMOTE") ? (
        <Button
          small
          busy={promote.busy}
          onPress={() => void promote.run({ assetId: asset.id, versionId: mine.id }).then(again)}
        >
          <Trans>Promote v{mine.number}</Trans>
        </Button>
      ) : null}
    </div>
  );
}
