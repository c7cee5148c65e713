import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import { Link } from "react-aria-components";
import { useSubscription } from "urql";
import { Redirect } from "wouter";
import { JobDocument, type JobFactsFragment, JobUpdatedDocument } from "../api/generated/graphql";
import { useAsked } from "../api/hooks";
import { LinkButton } from "../ui/Button";
import { percent } from "../ui/format";
import { Page, Panel } from "../ui/Panel";
import { Empty, Failed, Notice, Progress, Skeleton } from "../ui/Status";
import { Ago, Time } from "../ui/Time";
import { CancelJob } from "./CancelJob";
import { JobMark } from "./JobMark";
import styles from "./Jobs.module.css";
import { JobTitle } from "./JobTitle";
import { RejectedRows } from "./RejectedRows";
import { over, pageOf } from "./states";
import { ExportFacts, ImportFacts } from "./Transfers";

/** One import or export: how far it is, what became of its rows, and the file that it gives. */
export default function Job({ id }: { id: string }) {
  const { data, problem, loading, again } = useAsked(JobDocument, { id }, 5000);
  if (problem) return <Failed problem={problem} again={again} />;
  if (loading || !data) return <Skeleton lines={6} />;
  const { job } = data;
  if (!job)
    return (
      <Empty title={<Trans>There is no such job here</Trans>}>
        <LinkButton href="/jobs">
          <Trans>Go to the jobs</Trans>
        </LinkButton>
      </Empty>
    );
  if (job.jobKind === "RUN" || job.jobKind === "ROLLOUT") return <Redirect to={pageOf(job)} replace />;
  return <Transfer job={job} again={again} />;
}

/** The newest facts about a job, live until it ended. */
function useLiveJob(job: JobFactsFragment, onEnded: () => void): JobFactsFragment {
  const ended = over(job.jobState);
  const [{ data }] = useSubscription({ query: JobUpdatedDocument, variables: { id: job.id }, pause: ended });
  const live = ended ? job : (data?.jobUpdated ?? job);
  const finished = !ended && over(live.jobState);
  useEffect(() => {
    if (finished) onEnded();
  }, [finished, onEnded]);
  return live;
}

function Transfer({ job, again }: { job: JobFactsFragment; again: () => void }) {
  const { t } = useLingui();
  const live = useLiveJob(job, again);
  return (
    <Page
      title={<JobTitle job={live} />}
      above={
        <Link href="/jobs">
          <Trans>Jobs</Trans>
        </Link>
      }
      lead={
        over(live.jobState) ? (
          <Trans>
            Started by {live.createdBy} <Ago at={live.createdAt} />.
          </Trans>
        ) : (
          <Trans>
            Started by {live.createdBy} <Ago at={live.createdAt} />. It goes on when you leave this page.
          </Trans>
        )
      }
    >
      <Panel title={<Trans>Where it stands</Trans>}>
        <div className={styles["standing"]} data-testid="job-standing">
          <div className={styles["headline"]}>
            <JobMark state={live.jobState} />
            <span>{percent(live.progress)}</span>
            <span className={styles["hint"]} role="status">
              <Plural value={live.counts.done} one="# row" other="# rows" />
            </span>
            {live.endedAt ? <Time at={live.endedAt} /> : null}
            <CancelJob job={live} onChanged={again} />
          </div>
          <Progress share={live.progress} label={t`Progress of the job`} />
          {live.problem ? <Why cancelled={live.jobState === "CANCELLED"} problem={live.problem} /> : null}
          {live.__typename === "ImportJob" ? <ImportFacts job={live} /> : null}
          {live.__typename === "ExportJob" ? <ExportFacts job={live} /> : null}
        </div>
      </Panel>
      {live.__typename === "ImportJob" && live.quarantined + live.refused > 0 ? (
        <RejectedRows id={live.id} following={!over(live.jobState)} />
      ) : null}
    </Page>
  );
}

/** That somebody stopped it is no failure. */
function Why({ cancelled, problem }: { cancelled: boolean; problem: { code: string; message: string } }) {
  return cancelled ? <Notice>{problem.message}</Notice> : <Failed problem={{ ...problem, field: null }} />;
}
