import { Plural, Trans } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { RunsDocument } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { percent, span } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { RunMark } from "./RunProgress";
import styles from "./Runs.module.css";
import { ended } from "./states";

/** Every run of the tenant, newest first. */
export default function Runs() {
  const may = useMay();
  const runs = useListed(
    RunsDocument,
    {},
    (data) => data.runs,
    ({ id }) => id,
    5000,
  );
  return (
    <Page
      title={<Trans>Runs</Trans>}
      lead={<Trans>Each run trains new versions for one or many assets and checks them at the gates.</Trans>}
      actions={
        <>
          {may("REGISTER_PIPELINES") ? (
            <LinkButton href="/pipelines">
              <Trans>Pipelines</Trans>
            </LinkButton>
          ) : null}
          <LinkButton href="/runs/verdicts">
            <Trans>How verdicts fared</Trans>
          </LinkButton>
        </>
      }
    >
      <Panel title={<Trans>All runs</Trans>} flush>
        {runs.problem ? <Failed problem={runs.problem} again={runs.again} /> : null}
        {!runs.loaded && !runs.problem ? <Skeleton lines={8} /> : null}
        {runs.loaded && runs.nodes.length === 0 ? (
          <Empty title={<Trans>No run yet</Trans>}>
            <p>
              <Trans>Open an asset and press “retrain”, or choose several in the fleet.</Trans>
            </p>
          </Empty>
        ) : null}
        {runs.nodes.length > 0 ? (
          <table>
            <thead>
              <tr>
                <th scope="col">
                  <Trans>State</Trans>
                </th>
                <th scope="col">
                  <Trans>Run</Trans>
                </th>
                <th scope="col">
                  <Trans>Assets</Trans>
                </th>
                <th scope="col" className={styles["detail"]}>
                  <Trans>Rows from</Trans>
                </th>
                <th scope="col" className={styles["detail"]}>
                  <Trans>Rows to</Trans>
                </th>
                <th scope="col">
                  <Trans>Started</Trans>
                </th>
                <th scope="col" className={styles["detail"]}>
                  <Trans>Took</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {runs.nodes.map((run) => (
                <tr key={run.id} data-testid={`run-${run.id}`}>
                  <td>
                    <RunMark state={run.state} /> {ended(run.state) ? null : percent(run.progress)}
                  </td>
                  <td>
                    <Link href={`/runs/${encodeURIComponent(run.id)}`}>
                      {run.blueprint} {run.blueprintVersion}
                    </Link>
                    <div className={styles["hint"]}>{run.message}</div>
                  </td>
                  <td>
                    <Plural value={run.assetCount} one="# asset" other="# assets" />
                  </td>
                  <td className={styles["detail"]}>
                    <Time at={run.start} />
                  </td>
                  <td className={styles["detail"]}>
                    <Time at={run.end} />
                  </td>
                  <td>
                    <Ago at={run.createdAt} />
                    <div className={styles["hint"]}>{run.createdBy}</div>
                  </td>
                  <td className={styles["detail"]}>
                    {run.endedAt ? span((Date.parse(run.endedAt) - Date.parse(run.createdAt)) / 1000) : "–"}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        {runs.more ? (
          <div className={styles["more"]}>
            <Button small onPress={runs.loadMore}>
              <Trans>Show more</Trans>
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}
