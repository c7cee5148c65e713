import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "react-aria-components";
import { type JobFactsFragment, type JobKind, type JobState, JobsDocument } from "../api/generated/graphql";
import { useListed } from "../api/useListed";
import { useMay } from "../app/session";
import { Button, LinkButton } from "../ui/Button";
import { Choose } from "../ui/Choose";
import { percent } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Progress, Skeleton } from "../ui/Status";
import { Ago } from "../ui/Time";
import { CancelJob } from "./CancelJob";
import { JobMark, useKindWord, useStateWord } from "./JobMark";
import styles from "./Jobs.module.css";
import { JobTitle } from "./JobTitle";
import { KINDS, over, pageOf, STATES } from "./states";

/** Everything long that somebody of the tenant asked for, newest first. */
export default function Jobs() {
  const { t } = useLingui();
  const may = useMay();
  const kindWord = useKindWord();
  const stateWord = useStateWord();
  const [kind, setKind] = useState<JobKind | "ALL">("ALL");
  const [state, setState] = useState<JobState | "ALL">("ALL");
  const jobs = useListed(
    JobsDocument,
    { kinds: kind === "ALL" ? null : [kind], states: state === "ALL" ? null : [state] },
    (data) => data.jobs,
    ({ id }) => id,
    5000,
  );
  const narrowed = kind !== "ALL" || state !== "ALL";
  return (
    <Page
      title={<Trans>Jobs</Trans>}
      lead={
        <Trans>Work that takes a while: files in and out, runs and rollouts. It goes on without you.</Trans>
      }
      actions={
        <>
          <LinkButton href="/jobs/export">
            <Trans>Export rows</Trans>
          </LinkButton>
          {may("INGEST") ? (
            <LinkButton tone="main" icon="plus" href="/jobs/import">
              <Trans>Import rows</Trans>
            </LinkButton>
          ) : null}
        </>
      }
    >
      <Panel title={<Trans>All jobs</Trans>} flush>
        <div className={styles["filters"]}>
          <Choose
            label={t`Kind`}
            value={kind}
            choices={[
              { key: "ALL", text: t`Every kind` },
              ...KINDS.map((key) => ({ key, text: kindWord(key) })),
            ]}
            onChange={setKind}
          />
          <Choose
            label={t`State`}
            value={state}
            choices={[
              { key: "ALL", text: t`Every state` },
              ...STATES.map((key) => ({ key, text: stateWord(key) })),
            ]}
            onChange={setState}
          />
        </div>
        {jobs.problem ? <Failed problem={jobs.problem} again={jobs.again} /> : null}
        {!jobs.loaded && !jobs.problem ? <Skeleton lines={8} /> : null}
        {jobs.loaded && jobs.nodes.length === 0 ? (
          narrowed ? (
            <Empty title={<Trans>No job matches</Trans>} />
          ) : (
            <Empty title={<Trans>No job yet</Trans>}>
              <p>
                <Trans>Import a file of rows, export some, or retrain an asset: it will stand here.</Trans>
              </p>
            </Empty>
          )
        ) : null}
        {jobs.nodes.length > 0 ? <Table jobs={jobs.nodes} onChanged={jobs.again} /> : null}
        {jobs.more ? (
          <div className={styles["more"]}>
            <Button small onPress={jobs.loadMore}>
              <Trans>Show more</Trans>
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

function Table({ jobs, onChanged }: { jobs: readonly JobFactsFragment[]; onChanged: () => void }) {
  const { t } = useLingui();
  return (
    <table className={styles["table"]} aria-label={t`All jobs`}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>State</Trans>
          </th>
          <th scope="col">
            <Trans>Job</Trans>
          </th>
          <th scope="col">
            <Trans>Progress</Trans>
          </th>
          <th scope="col">
            <Trans>Started</Trans>
          </th>
          <th scope="col">
            <span className="for-readers">
              <Trans>What can be done</Trans>
            </span>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <Row key={job.id} job={job} onChanged={onChanged} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ job, onChanged }: { job: JobFactsFragment; onChanged: () => void }) {
  const { t } = useLingui();
  const kind = useKindWord();
  return (
    <tr data-testid={`job-${job.id}`}>
      <td>
        <JobMark state={job.jobState} />
        <div className={styles["hint"]}>{kind(job.jobKind)}</div>
      </td>
      <td className={styles["what"]}>
        <Link href={pageOf(job)}>
          <JobTitle job={job} />
        </Link>
        {job.problem ? <div className={styles["hint"]}>{job.problem.message}</div> : null}
      </td>
      <td className={styles["share"]}>
        {over(job.jobState) ? null : <>{percent(job.progress)} </>}
        <Done job={job} />
        <Progress share={job.progress} label={t`Progress of the job`} />
      </td>
      <td>
        <Ago at={job.createdAt} />
        <div className={styles["hint"]}>{job.createdBy}</div>
      </td>
      <td>
        <CancelJob job={job} onChanged={onChanged} />
      </td>
    </tr>
  );
}

/** What the progress is made of. */
function Done({ job: { counts } }: { job: JobFactsFragment }) {
  const { done, total, unit } = counts;
  return (
    <span className={styles["hint"]}>
      {unit === "rows" ? (
        <Plural value={done} one="# row" other="# rows" />
      ) : (
        <Trans>
          {done} of <Plural value={total ?? done} one="# asset" other="# assets" />
        </Trans>
      )}
    </span>
  );
}
