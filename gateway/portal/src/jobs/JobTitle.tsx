import { Plural, Trans } from "@lingui/react/macro";
import type { JobFactsFragment } from "../api/generated/graphql";

/** What a job is about, in a few words. */
export function JobTitle({ job }: { job: JobFactsFragment }) {
  switch (job.__typename) {
    case "ImportJob":
      return <Trans>Import of {job.contract}</Trans>;
    case "ExportJob":
      return job.of === "SCORES" ? (
        <Trans>Export of scores, {job.contract}</Trans>
      ) : (
        <Trans>Export of readings, {job.contract}</Trans>
      );
    case "Run":
      return <Trans>Run of {job.blueprint}</Trans>;
    case "Rollout":
      return (
        <Trans>
          {job.blueprint} to <Plural value={job.assetCount} one="# asset" other="# assets" />
        </Trans>
      );
  }
}
