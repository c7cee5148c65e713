import { Plural, Trans, useLingui } from "@lingui/react/macro";
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
import { type Gate, GateTable, useGateWord, Verdict } from "./Gates";
import styles from "./Runs.module.css";

type RunAsset = NonNullable<RunAssetsQuery["run"]>["assets"]["edges"][number]["node"];

/** A row an asset: a stopped version is named with the gate, the number and the sentence, and opens to all its gates. */
export function Outcome({ runId }: { runId: string }) {
  const { t } = useLingui();
  const [show, setShow] = useState<"all" | "stopped">("all");
  const assets = useListed(
    RunAssetsDocument,
    { id: runId, stopped: show === "stopped" },
    (data) => data.run?.assets ?? NONE,
    ({ asset }) => asset.id,
    5000,
  );
  if (show === "all" && assets.nodes.every(({ gates }) => gates.length === 0)) return null;
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
              <th scope="col">
                <Trans>Result</Trans>
              </th>
              <th scope="col">
                <Trans>Stopped by</Trans>
              </th>
              <th scope="col">
                <Trans>Next step</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {assets.nodes.map((each) => (
              <OutcomeRow key={each.asset.id} each={each} runId={runId} again={assets.again} />
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
  runId: string;
  again: () => void;
}

function OutcomeRow({ each: { asset, findings, gates, problem }, runId, again }: RowProps) {
  const [open, setOpen] = useState(false);
  const stopped = gates.filter(({ passed }) => !passed);
  const passed = gates.length > 0 && stopped.length === 0;
  return (
    <>
      <tr data-testid={`outcome-${asset.key}`}>
        <th scope="row">
          <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
        </th>
        <td>
          {gates.length > 0 ? <Verdict passed={passed} /> : "–"}
          {gates.length > 0 ? (
            <Button small tone="quiet" aria-expanded={open} onPress={() => setOpen(!open)}>
              {open ? (
                <Trans>Hide the gates</Trans>
              ) : (
                <Plural value={gates.length} one="Show the gate" other="Show all # gates" />
              )}
            </Button>
          ) : null}
        </td>
        <td>
          {stopped.map((gate) => (
            <StoppedBy key={gate.key} gate={gate} />
          ))}
          {stopped.length === 0 ? "–" : null}
        </td>
        <td>
          {problem ?? <NextStep asset={asset} runId={runId} passed={passed} again={again} />}
          {findings.map(({ key, sentence }) => (
            <p key={key} className={styles["hint"]} data-testid={`finding-${key}`}>
              {sentence}
            </p>
          ))}
        </td>
      </tr>
      {open ? (
        <tr>
          <td colSpan={4}>
            <GateTable gates={gates} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

function StoppedBy({ gate }: { gate: Gate }) {
  const word = useGateWord();
  return (
    <div>
      <strong>{word(gate)}</strong>{" "}
      {gate.value === null || gate.limit === null ? null : (
        <Trans>
          {figure(gate.value)}, limit {figure(gate.limit)}
        </Trans>
      )}
      <div className={styles["hint"]}>{gate.sentence}</div>
    </div>
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
