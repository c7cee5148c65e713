import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { PromoteDocument, RunDocument, type RunQuery } from "../api/generated/graphql";
import { useAct, useAsked } from "../api/hooks";
import { useMay } from "../app/session";
import { Digest } from "../asset/VersionList";
import { Button, LinkButton } from "../ui/Button";
import { count, figure } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Mark, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import { type Gate, useGateWord, Verdict } from "./Gates";
import { RunProgress } from "./RunProgress";
import styles from "./Runs.module.css";

type RunData = NonNullable<RunQuery["run"]>;

/** One run: how far it is, what it read, and how each asset's version did at the gates. */
export default function Run({ id }: { id: string }) {
  const { data, problem, loading, again } = useAsked(RunDocument, { id }, 5000);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={6} />;
  const { run } = data;
  if (!run)
    return (
      <Empty title={<Trans>There is no such run here</Trans>}>
        <LinkButton href="/runs">
          <Trans>Go to the runs</Trans>
        </LinkButton>
      </Empty>
    );
  return (
    <Page
      title={<Trans>Run of {run.blueprint}</Trans>}
      above={
        <Link href="/runs">
          <Trans>Runs</Trans>
        </Link>
      }
      lead={
        <Trans>
          <Plural value={run.assetCount} one="# asset" other="# assets" />, rows from <Time at={run.start} />{" "}
          to <Time at={run.end} />, started by {run.createdBy} <Time at={run.createdAt} />.
        </Trans>
      }
    >
      <div className={styles["columns"]}>
        <Panel title={<Trans>Progress</Trans>}>
          <RunProgress run={run} onChanged={again} />
        </Panel>
        <Panel title={<Trans>What it was made of</Trans>}>
          <Ingredients run={run} />
        </Panel>
      </div>
      <Outcome run={run} again={again} />
    </Page>
  );
}

function Ingredients({ run }: { run: RunData }) {
  return (
    <dl className={styles["facts"]}>
      <dt>
        <Trans>Blueprint</Trans>
      </dt>
      <dd>
        {run.blueprint} {run.blueprintVersion}
      </dd>
      <dt>
        <Trans>Snapshot</Trans>
      </dt>
      <dd>
        {run.snapshot ? (
          <>
            <Digest value={run.snapshot.digest} />{" "}
            <Plural value={run.snapshot.rows} one="# row" other="# rows" />
          </>
        ) : (
          "–"
        )}
      </dd>
      <dt>
        <Trans>Seed</Trans>
      </dt>
      <dd>{count(run.seed)}</dd>
      {run.parameters.map(({ key, value }) => [
        <dt key={`${key}-name`}>{key}</dt>,
        <dd key={key}>{figure(value, 6)}</dd>,
      ])}
    </dl>
  );
}

/** A row an asset, a column a gate: a stopped version is named with the gate and the number. */
function Outcome({ run, again }: { run: RunData; again: () => void }) {
  const { t } = useLingui();
  const word = useGateWord();
  const keys = [...new Set(run.gates.map(({ key }) => key))];
  if (run.gates.length === 0) return null;
  return (
    <Panel title={<Trans>Gates</Trans>} flush>
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
          {run.assets.map((asset) => {
            const gates = run.gates.filter((gate) => gate.asset.id === asset.id);
            return (
              <tr key={asset.id}>
                <th scope="row">
                  <Link href={`/assets/${encodeURIComponent(asset.key)}`}>{asset.title}</Link>
                </th>
                {keys.map((key) => (
                  <GateCell key={key} gate={gates.find((gate) => gate.key === key)} />
                ))}
                <td>
                  <NextStep
                    asset={asset}
                    run={run}
                    passed={gates.length > 0 && gates.every(({ passed }) => passed)}
                    again={again}
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
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
  asset: RunData["assets"][number];
  run: RunData;
  passed: boolean;
  again: () => void;
}

function NextStep({ asset, run, passed, again }: NextStepProps) {
  const may = useMay();
  const promote = useAct(PromoteDocument);
  if (!passed) return <Trans>The champion stays.</Trans>;
  const { champion, challenger } = asset;
  const mine = challenger?.lineage.run?.id === run.id ? challenger : null;
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
