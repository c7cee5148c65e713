import { Plural, Trans } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { RunDocument, type RunQuery } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { Digest } from "../asset/VersionList";
import { SinceBefore } from "../blueprints/SinceBefore";
import { LinkButton } from "../ui/Button";
import { count, figure } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import { Fleetwide } from "./Fleetwide";
import { Outcome } from "./Outcome";
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
      <Fleetwide run={run} again={again} />
      {run.declared ? <SinceBefore version={run.declared} /> : null}
      <Outcome runId={run.id} />
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
