from datetime import datetime
from typing import Literal, Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import JobKind, JobState


class Jobs(BaseModel):
    jobs: "JobsJobs"


class JobsJobs(BaseModel):
    page_info: "JobsJobsPageInfo" = Field(alias="pageInfo")
    edges: list["JobsJobsEdges"]


class JobsJobsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


class JobsJobsEdges(BaseModel):
    node: "JobsJobsEdgesNode"


class JobsJobsEdgesNode(BaseModel):
    typename__: Literal["ExportJob", "ImportJob", "Job", "Rollout", "Run"] = Field(
        alias="__typename"
    )
    id: str
    job_kind: JobKind = Field(alias="jobKind")
    job_state: JobState = Field(alias="jobState")
    progress: float
    created_by: str = Field(alias="createdBy")
    created_at: datetime = Field(alias="createdAt")
    started_at: Optional[datetime] = Field(alias="startedAt")
    ended_at: Optional[datetime] = Field(alias="endedAt")
    cancellable: bool
    counts: "JobsJobsEdgesNodeCounts"
    problem: Optional["JobsJobsEdgesNodeProblem"]


class JobsJobsEdgesNodeCounts(BaseModel):
    done: int
    total: Optional[int]
    unit: str


class JobsJobsEdgesNodeProblem(BaseModel):
    code: str
    message: str


Jobs.model_rebuild()
JobsJobs.model_rebuild()
JobsJobsEdges.model_rebuild()
JobsJobsEdgesNode.model_rebuild()
