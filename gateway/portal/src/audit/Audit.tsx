import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { ForAdmins } from "../admin/ForAdmins";
import { address } from "../api/base";
import { AuditTrailDocument } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Field } from "../ui/Field";
import { count, fromLocalField } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Skeleton } from "../ui/Status";
import { Time } from "../ui/Time";
import { useSettled } from "../ui/useSettled";
import styles from "./Audit.module.css";
import { Changes } from "./Changes";
import type { AuditRecord } from "./facts";

/** Who did what to which object, newest first. */
export default function Audit() {
  const may = useMay();
  return may("READ_AUDIT") ? <Trail /> : <ForAdmins />;
}

function Trail() {
  const { t } = useLingui();
  const [action, setAction] = useState("");
  const [since, setSince] = useState("");
  const [until, setUntil] = useState("");
  const typed = useSettled(action.trim(), 300);
  const filter = {
    action: typed || null,
    object: null,
    since: fromLocalField(since),
    until: fromLocalField(until),
  };
  const records = useListed(
    AuditTrailDocument,
    filter,
    (data) => data.auditRecords,
    ({ id }) => id,
    15_000,
  );
  const narrowed = Boolean(filter.action ?? filter.since ?? filter.until);
  return (
    <Page
      title={<Trans>Audit trail</Trans>}
      lead={
        <Trans>
          Who did what to which object. Written by the database in the moment of the change; nobody can edit
          it here.
        </Trans>
      }
      above={
        <LinkButton href="/access" small>
          <Trans>Access</Trans>
        </LinkButton>
      }
      actions={
        <a href={exportAddress(filter.since, filter.until)} download>
          <Trans>Download as NDJSON</Trans>
        </a>
      }
    >
      <Panel title={<Trans>Records</Trans>} flush>
        <div className={styles["filters"]}>
          <Field
            label={t`What was done`}
            hint={t`Such as serving.promote, or serving for all of its kind.`}
            type="search"
            value={action}
            onChange={setAction}
          />
          <Field label={t`From`} type="datetime-local" value={since} onChange={setSince} />
          <Field label={t`Until`} type="datetime-local" value={until} onChange={setUntil} />
        </div>
        {records.problem ? <Failed problem={records.problem} again={records.again} /> : null}
        {!records.loaded && !records.problem ? <Skeleton lines={6} /> : null}
        {records.loaded && records.nodes.length === 0 ? (
          <Empty title={narrowed ? <Trans>No record matches</Trans> : <Trans>No record yet</Trans>} />
        ) : null}
        {records.nodes.length > 0 ? <Records records={records.nodes} /> : null}
        {records.more ? (
          <div className={styles["more"]}>
            <Button small onPress={records.loadMore}>
              <Trans>Show more</Trans>
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

function Records({ records }: { records: readonly AuditRecord[] }) {
  const { t } = useLingui();
  return (
    <div className={styles["scroll"]}>
      <table aria-label={t`Records`}>
        <thead>
          <tr>
            <th scope="col" className="number">
              <Trans>Number</Trans>
            </th>
            <th scope="col">
              <Trans>When</Trans>
            </th>
            <th scope="col">
              <Trans>Who</Trans>
            </th>
            <th scope="col">
              <Trans>What was done</Trans>
            </th>
            <th scope="col">
              <Trans>To what</Trans>
            </th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.id} data-testid={`record-${record.number}`}>
              <td className="number">{count(record.number)}</td>
              <td>
                <Time at={record.at} />
              </td>
              <td>
                <Who record={record} />
              </td>
              <td>{<code>{record.action}</code>}</td>
              <td>
                <Changes record={record} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Who({ record: { actorKind, actorName } }: { record: AuditRecord }) {
  if (actorKind === "key") return <Trans>{actorName} (API key)</Trans>;
  if (actorKind === "database") return <Trans>{actorName} (database)</Trans>;
  return actorName;
}

function exportAddress(since: string | null, until: string | null): string {
  const url = new URL(address("v1/audit"));
  if (since) url.searchParams.set("from", since);
  if (until) url.searchParams.set("to", until);
  return url.toString();
}
