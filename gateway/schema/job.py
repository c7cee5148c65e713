"""What all long work has in common: the interface that runs, rollouts, imports and exports show."""

from datetime import datetime
from typing import Any

import strawberry

from gateway.schema.kit import Node
from services.bulk import facts
from services.bulk.contracts import JobKind, JobState, Problem

strawberry.enum(JobKind, description="What kind of long work it is.")
strawberry.enum(JobState, description="How far long work is, of whatever kind; `PAUSED` waits for a person.")


@strawberry.type(name="JobCounts", description="What a job's progress is made of.")
class JobCountsType:
    done: int
    total: int | None = strawberry.field(description="Null while it is not known.")
    unit: str = strawberry.field(description="`assets` or `rows`.")


@strawberry.type(name="JobProblem", description="Why a job did not end well, or waits.")
class JobProblemType:
    code: str = strawberry.field(description="Stable; `docs/reference/errors.md` lists all of them.")
    message: str


@strawberry.interface(name="Job", description="Long work that somebody asked for.")
class JobType(Node):
    progress: float = strawberry.field(description="0 to 1, of the whole job.")
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @strawberry.field
    @staticmethod
    def job_kind(parent: strawberry.Parent[Any]) -> JobKind:
        return facts.kind_of(parent)

    @strawberry.field
    @staticmethod
    def job_state(parent: strawberry.Parent[Any]) -> JobState:
        return facts.state_of(parent)

    @strawberry.field(graphql_type=JobCountsType)
    @staticmethod
    def counts(parent: strawberry.Parent[Any]) -> facts.Counts:
        return facts.counts_of(parent)

    @strawberry.field(graphql_type=JobProblemType | None, description="Null while all is well.")
    @staticmethod
    def problem(parent: strawberry.Parent[Any]) -> Problem | None:
        return facts.problem_of(parent)

    @strawberry.field(description="Whether `cancelJob` would stop it now.")
    @staticmethod
    def cancellable(parent: strawberry.Parent[Any]) -> bool:
        return facts.may_be_cancelled(parent)
