import type { JobKind, JobState, Permission } from "../api/generated/graphql";

export const KINDS = ["IMPORT", "EXPORT", "RUN", "ROLLOUT"] as const satisfies readonly JobKind[];

/** In the order in which work goes through them. */
export const STATES = [
  "WAITING",
  "RUNNING",
  "PAUSED",
  "CANCELLING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
] as const satisfies readonly JobState[];

export function over(state: JobState): boolean {
  return state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED";
}

/** The page that tells all about a job. */
export function pageOf({ id, jobKind }: { id: string; jobKind: JobKind }): string {
  const folder = jobKind === "RUN" ? "runs" : jobKind === "ROLLOUT" ? "rollouts" : "jobs";
  return `/${folder}/${encodeURIComponent(id)}`;
}

/** Rights that stopping a job of that kind takes: those that began it. */
export const CANCEL_RIGHTS: Record<JobKind, readonly Permission[]> = {
  IMPORT: ["INGEST"],
  EXPORT: ["VIEW"],
  RUN: ["TRAIN"],
  ROLLOUT: ["TRAIN", "PROMOTE"],
};
