"""What all kinds of jobs have in common, worked out from what each of them is. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.bulk.contracts import ExportJob, ImportJob, Job, JobKind, JobState, Problem
from services.bulk.model import ROLLOUT_STATES, RUN_STATES, SETTLED
from services.rollouts.contracts import Cohort, Rollout
from services.training.contracts import Run

_KINDS: Mapping[type[Job], JobKind] = {
    Run: JobKind.RUN,
    Rollout: JobKind.ROLLOUT,
    ImportJob: JobKind.IMPORT,
    ExportJob: JobKind.EXPORT,
}
_BAD = (JobState.FAILED, JobState.CANCELLED, JobState.PAUSED)


@dataclass(frozen=True, slots=True)
class Counts:
    done: int
    total: int | None
    unit: str


def kind_of(job: Job) -> JobKind:
    return _KINDS[type(job)]


def state_of(job: Job) -> JobState:
    if isinstance(job, Run):
        return RUN_STATES[job.state]
    return ROLLOUT_STATES[job.state] if isinstance(job, Rollout) else job.state


def counts_of(job: Job, cohorts: Sequence[Cohort] = ()) -> Counts:
    """`cohorts` of a rollout. A run trains its assets together, so all of them are done or none."""
    if isinstance(job, Run):
        over = state_of(job) in (JobState.SUCCEEDED, JobState.FAILED)
        return Counts(job.asset_count if over else 0, job.asset_count, "assets")
    if isinstance(job, Rollout):
        settled = sum(cohort.counts.get(state, 0) for cohort in cohorts for state in SETTLED)
        return Counts(settled, job.asset_count, "assets")
    return Counts(job.rows, job.rows if job.state is JobState.SUCCEEDED else None, "rows")


def progress_of(rollout: Rollout, cohorts: Sequence[Cohort]) -> float:
    """Share of the assets for which nothing more comes."""
    if rollout.ended_at is not None:
        return 1.0
    return counts_of(rollout, cohorts).done / max(1, rollout.asset_count)


def problem_of(job: Job) -> Problem | None:
    if isinstance(job, Run | Rollout):
        kind = "RUN" if isinstance(job, Run) else "ROLLOUT"
        return Problem(f"{kind}_{job.state.name}", job.message) if state_of(job) in _BAD else None
    return job.problem


def may_be_cancelled(job: Job) -> bool:
    return state_of(job) in (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)
