import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { JobFactsFragment } from "../api/generated/graphql";
import { count } from "../ui/format";
import { Time } from "../ui/Time";
import styles from "./Jobs.module.css";
import { sizeOf } from "./sizes";

type ImportFactsOf = Extract<JobFactsFragment, { __typename: "ImportJob" }>;
type ExportFactsOf = Extract<JobFactsFragment, { __typename: "ExportJob" }>;

/** What became of the rows; the three add up to those that are done. */
export function ImportFacts({ job }: { job: ImportFactsOf }) {
  return (
    <>
      <dl className={styles["counts"]} data-testid="import-counts">
        <div>
          <dt>
            <Trans>Stored</Trans>
          </dt>
          <dd>{count(job.stored)}</dd>
        </div>
        <div>
          <dt>
            <Trans>Quarantined</Trans>
          </dt>
          <dd>{count(job.quarantined)}</dd>
        </div>
        <div>
          <dt>
            <Trans>Refused</Trans>
          </dt>
          <dd>{count(job.refused)}</dd>
        </div>
      </dl>
      <p className={styles["hint"]}>
        <Trans>File of {sizeOf(job.fileBytes)}.</Trans>
      </p>
      {job.resultsUrl ? (
        <File href={job.resultsUrl} until={job.expiresAt}>
          <Trans>Download the results: what became of each row, CSV with gzip</Trans>
        </File>
      ) : null}
    </>
  );
}

export function ExportFacts({ job }: { job: ExportFactsOf }) {
  const { t } = useLingui();
  const size = job.bytes === null ? "" : sizeOf(job.bytes);
  const format = { PARQUET: t`Parquet`, CSV: t`CSV with gzip` }[job.format];
  return (
    <>
      <dl className={styles["facts"]}>
        <dt>
          <Trans>From</Trans>
        </dt>
        <dd>
          <Time at={job.start} />
        </dd>
        <dt>
          <Trans>Until</Trans>
        </dt>
        <dd>
          <Time at={job.end} />
        </dd>
        <dt>
          <Trans>Assets</Trans>
        </dt>
        <dd>{count(job.assets)}</dd>
        <dt>
          <Trans>Format</Trans>
        </dt>
        <dd>{format}</dd>
      </dl>
      {job.fileUrl ? (
        <File href={job.fileUrl} until={job.expiresAt}>
          <Trans>Download the file, {size}</Trans>
        </File>
      ) : null}
    </>
  );
}

function File({ href, until, children }: { href: string; until: string | null; children: ReactNode }) {
  return (
    <p>
      <a href={href} download>
        {children}
      </a>{" "}
      {until ? (
        <span className={styles["hint"]}>
          <Trans>
            It is kept until <Time at={until} />.
          </Trans>
        </span>
      ) : null}
    </p>
  );
}
