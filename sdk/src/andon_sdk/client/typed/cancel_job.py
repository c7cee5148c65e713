from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import JobKind, JobState
from .fragments import Problem


class CancelJob(BaseModel):
    cancel_job: Union[
        "CancelJobCancelJobCancelledJob",
        "CancelJobCancelJobNotFoundError",
        "CancelJobCancelJobForbiddenError",
        "CancelJobCancelJobInvalidError",
        "CancelJobCancelJobConflictError",
        "CancelJobCancelJobExhaustedError",
        "CancelJobCancelJobUnavailableError",
    ] = Field(alias="cancelJob", discriminator="typename__")


class CancelJobCancelJobCancelledJob(BaseModel):
    typename__: Literal["CancelledJob"] = Field(alias="__typename")
    job: "CancelJobCancelJobCancelledJobJob"


class CancelJobCancelJobCancelledJobJob(BaseModel):
    typename__: Literal["ExportJob", "ImportJob", "Job", "Rollout", "Run"] = Field(
        alias="__typename"
    )
    id: str
    job_kind: JobKind = Field(alias="jobKind")
    job_state: JobState = Field(alias="jobState")


class CancelJobCancelJobNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class CancelJobCancelJobForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class CancelJobCancelJobInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class CancelJobCancelJobConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class CancelJobCancelJobExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class CancelJobCancelJobUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


CancelJob.model_rebuild()
CancelJobCancelJobCancelledJob.model_rebuild()
