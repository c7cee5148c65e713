import { Trans } from "@lingui/react/macro";
import { QuarantineDocument, type QuarantineQuery } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { Button, LinkButton } from "../ui/Button";
import { count } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import styles from "./Quarantine.module.css";

type Row = QuarantineQuery["quarantine"]["edges"][number]["node"];

/** A row of a batch may be wrong in several ways: one entry each. */
const keyOf = ({ batch, row, code, message }: Row) => `${batch}/${row}/${code}/${message}`;

/** Rows that did not keep to their contract: each as it came, and why. */
export default function Quarantine() {
  const rows = useListed(QuarantineDocument, {}, (data) => data.quarantine, keyOf, 15_000);
  return (
    <Page
      title={<Trans>Quarantine</Trans>}
      lead={
        <Trans>
          Rows that did not keep to their contract, as they came, and why. Nothing is lost in silence: stored,
          quarantined and refused rows add up to all that was sent.
        </Trans>
      }
      actions={
        <LinkButton href="/edges">
          <Trans>Where rows come from</Trans>
        </LinkButton>
      }
    >
      <Panel title={<Trans>Rows kept aside</Trans>} flush>
        {rows.problem ? <Failed problem={rows.problem} again={rows.again} /> : null}
        {!rows.loaded && !rows.problem ? <Skeleton lines={6} /> : null}
        {rows.loaded && rows.nodes.length === 0 ? (
          <Empty title={<Trans>No row is kept aside</Trans>}>
            <p>
              <Trans>Every row that came keeps to its contract.</Trans>
            </p>
          </Empty>
        ) : null}
        {rows.nodes.length > 0 ? (
          <table>
            <thead>
              <tr>
                <th scope="col">
                  <Trans>Why</Trans>
                </th>
                <th scope="col">
                  <Trans>The row as it came</Trans>
                </th>
                <th scope="col" className="number">
                  <Trans>Row of the body</Trans>
                </th>
                <th scope="col">
                  <Trans>Received</Trans>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.nodes.map((row) => (
                <tr key={keyOf(row)}>
                  <td className={styles["why"]}>
                    <code>{row.code}</code>
                    <div>{row.message}</div>
                  </td>
                  <td>
                    <code className={styles["content"]} title={row.content}>
                      {row.content}
                    </code>
                  </td>
                  <td className="number">{count(row.row)}</td>
                  <td>
                    <Time at={row.receivedAt} />
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
    </Page>
  );
}
