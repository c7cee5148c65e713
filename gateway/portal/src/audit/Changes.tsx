import { Plural, Trans } from "@lingui/react/macro";
import styles from "./Audit.module.css";
import { type AuditChange, type AuditRecord, factsOf } from "./facts";

/** The objects of a record, folded up: which kinds and how many, then each with what differs. */
export function Changes({ record }: { record: AuditRecord }) {
  const changes = record.changes.edges.map(({ node }) => node);
  const kinds = [...new Set(changes.map(({ kind }) => kind))].join(", ");
  const hidden = record.changeCount - changes.length;
  return (
    <details className={styles["changes"]}>
      <summary>
        {kinds} {record.changeCount > 1 ? `× ${record.changeCount}` : null}
      </summary>
      {changes.map((change) => (
        <Change key={`${change.kind} ${change.object}`} change={change} />
      ))}
      {hidden > 0 ? (
        <p>
          <Plural
            value={hidden}
            one="and # object more; the download has it"
            other="and # objects more; the download has them"
          />
        </p>
      ) : null}
      {record.trace ? (
        <p>
          <Trans>
            Trace <code>{record.trace}</code>
          </Trans>
        </p>
      ) : null}
    </details>
  );
}

function Change({ change }: { change: AuditChange }) {
  return (
    <section className={styles["object"]}>
      <strong>{change.kind}</strong>{" "}
      {change.before === null ? <Trans>made</Trans> : change.after === null ? <Trans>removed</Trans> : null}
      <dl className={styles["facts"]}>
        {factsOf(change).map(({ name, before, after }) => (
          <FactLine key={name} name={name} before={before} after={after} />
        ))}
      </dl>
    </section>
  );
}

function FactLine({ name, before, after }: { name: string; before: string | null; after: string | null }) {
  return (
    <>
      <dt>
        <code>{name}</code>
      </dt>
      <dd>{before !== null && after !== null ? `${before} → ${after}` : (after ?? before)}</dd>
    </>
  );
}
