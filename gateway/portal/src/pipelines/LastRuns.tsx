import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "react-aria-components";
import { PipelineRunsDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { RunMark } from "../runs/RunProgress";
import { Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import styles from "./Pipelines.module.css";

/** The newest runs of its blueprint. */
export function LastRuns({ blueprint }: { blueprint: string }) {
  const { t } = useLingui();
  const { data, problem, loading, again } = useAsked(PipelineRunsDocument, { blueprint }, 10_000);
  const runs = data?.runs.edges.map(({ node }) => node) ?? [];
  return (
    <Panel title={<Trans>Newest runs</Trans>} flush>
      {problem ? <Failed problem={problem} again={again} /> : null}
      {loading ? <Skeleton /> : null}
      {data && runs.length === 0 ? (
        <Empty title={<Trans>No run of it yet</Trans>}>
          <p>
            <Trans>Open an asset, press “retrain” and choose the blueprint {blueprint}.</Trans>
          </p>
        </Empty>
      ) : null}
      {runs.length > 0 ? (
        <table aria-label={t`Newest runs`} className={styles["table"]}>
          <tbody>
            {runs.map((run) => (
              <tr key={run.id}>
                <td>
                  <RunMark state={run.state} />
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
                <td>
                  <Ago at={run.createdAt} />
                  <div className={styles["hint"]}>{run.createdBy}</div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </Panel>
  );
}
