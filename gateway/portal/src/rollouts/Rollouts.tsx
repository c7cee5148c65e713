import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { RolloutsDocument, type RolloutsQuery } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Progress, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import { RolloutMark } from "./RolloutMark";
import styles from "./Rollouts.module.css";
import { behind } from "./states";

type RolloutNode = RolloutsQuery["rollouts"]["edges"][number]["node"];

/** Every rollout of the tenant, newest first. */
export default function Rollouts() {
  const may = useMay();
  const rollouts = useListed(
    RolloutsDocument,
    {},
    (data) => data.rollouts,
    ({ id }) => id,
    5000,
  );
  const start =
    may("TRAIN") && may("PROMOTE") ? (
      <LinkButton tone="main" icon="plus" href="/rollouts/new">
        <Trans>Start a rollout</Trans>
      </LinkButton>
    ) : null;
  return (
    <Page
      title={<Trans>Rollouts</Trans>}
      lead={
        <Trans>
          A rollout brings a blueprint to many assets by cohorts: a few first, the others only while those do
          well.
        </Trans>
      }
      actions={start}
    >
      <Panel title={<Trans>All rollouts</Trans>} flush>
        {rollouts.problem ? <Failed problem={rollouts.problem} again={rollouts.again} /> : null}
        {!rollouts.loaded && !rollouts.problem ? <Skeleton lines={8} /> : null}
        {rollouts.loaded && rollouts.nodes.length === 0 ? (
          <Empty title={<Trans>No rollout yet</Trans>}>
            <p>
              <Trans>
                Start one to retrain a whole fleet. It stops by itself where too many new versions fail their
                gates.
              </Trans>
            </p>
          </Empty>
        ) : null}
        {rollouts.nodes.length > 0 ? <Table nodes={rollouts.nodes} /> : null}
        {rollouts.more ? (
          <div className={styles["more"]}>
            <Button small onPress={rollouts.loadMore}>
              <Trans>Show more</Trans>
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

function Table({ nodes }: { nodes: readonly RolloutNode[] }) {
  const { t } = useLingui();
  return (
    <table className={styles["table"]} aria-label={t`All rollouts`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Rollout</Trans>
          </th>
          <th scope="col">
            <Trans>Progress</Trans>
          </th>
          <th scope="col">
            <Trans>Started</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((rollout) => (
          <tr key={rollout.id} data-testid={`rollout-${rollout.id}`}>
            <td>
              <RolloutMark state={rollout.state} />
            </td>
            <td>
              <Link href={`/rollouts/${encodeURIComponent(rollout.id)}`}>
                <Trans>
                  {rollout.blueprint} to <Plural value={rollout.assetCount} one="# asset" other="# assets" />
                </Trans>
              </Link>
              <div className={styles["hint"]}>{rollout.message}</div>
            </td>
            <td className={styles["share"]}>
              <Trans>
                Cohort {rollout.cohort} of {rollout.cohortCount}
              </Trans>
              <Progress share={behind(rollout)} label={t`Cohorts that are done`} />
            </td>
            <td>
              <Ago at={rollout.createdAt} />
              <div className={styles["hint"]}>{rollout.createdBy}</div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
