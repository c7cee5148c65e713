import { Trans, useLingui } from "@lingui/react/macro";
import { JobRejectedRowsDocument } from "../api/generated/graphql";
import { NONE, useListed } from "../api/useListed";
import { Button } from "../ui/Button";
import { count } from "../ui/format";
import { Panel } from "../ui/Panel";
import { Failed, Skeleton } from "../ui/Status";
import styles from "./Jobs.module.css";

interface RejectedRowsProps {
  id: string;
  /** The import goes on, and there may be more of them. */
  following: boolean;
}

/** Rows of a file that are not stored, each with its reason. */
export function RejectedRows({ id, following }: RejectedRowsProps) {
  const { t } = useLingui();
  const rows = useListed(
    JobRejectedRowsDocument,
    { id },
    (data) => (data.job?.__typename === "ImportJob" ? data.job.rejectedRows : NONE),
    ({ row, code, signal }) => `${row}/${code}/${signal}`,
    following ? 3000 : 0,
  );
  const { again } = rows;
  const word = { QUARANTINED: t`Quarantined`, REFUSED: t`Refused` };
  return (
    <Panel
      title={<Trans>Rows that are not stored</Trans>}
      note={<Trans>The first 10,000; the results have all.</Trans>}
      flush
    >
      {rows.problem ? <Failed problem={rows.problem} again={again} /> : null}
      {!rows.loaded && !rows.problem ? <Skeleton lines={3} /> : null}
      {rows.nodes.length > 0 ? (
        <table className={styles["table"]} aria-label={t`Rows that are not stored`}>
          <thead>
            <tr>
              <th scope="col" className="number">
                <Trans>Row of the file, from 0</Trans>
              </th>
              <th scope="col">
                <Trans>What became of it</Trans>
              </th>
              <th scope="col">
                <Trans>Signal</Trans>
              </th>
              <th scope="col">
                <Trans>Why</Trans>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.nodes.map(({ row, outcome, code, message, signal }) => (
              <tr key={`${row}/${code}/${signal}`}>
                <td className="number">{count(row)}</td>
                <td>{word[outcome]}</td>
                <td>{signal ?? "–"}</td>
                <td>
                  {message} <code className={styles["hint"]}>{code}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {rows.more ? (
        <div className={styles["more"]}>
          <Button small onPress={rows.loadMore}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
