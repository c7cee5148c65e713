from typing import Annotated, Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import JobState
from .fragments import (  # noqa: F401
    ExportFacts,
    ExportFactsCounts,
    ExportFactsProblem,
    ImportFacts,
    ImportFactsCounts,
    ImportFactsProblem,
    RunFacts,
    RunFactsParameters,
)


class Job(BaseModel):
    job: Optional[
        Annotated[
            Union[
                "JobJobJob",
                "JobJobExportJob",
                "JobJobImportJob",
                "JobJobRollout",
                "JobJobRun",
            ],
            Field(discriminator="typename__"),
        ]
    ]


class JobJobJob(BaseModel):
    typename__: Literal["Job"] = Field(alias="__typename")


class JobJobExportJob(ExportFacts):
    typename__: Literal["ExportJob"] = Field(alias="__typename")


class JobJobImportJob(ImportFacts):
    typename__: Literal["ImportJob"] = Field(alias="__typename")


class JobJobRollout(BaseModel):
    typename__: Literal["Rollout"] = Field(alias="__typename")
    id: str
    job_state: JobState = Field(alias="jobState")
    progress: float
    message: str
    cancellable: bool


class JobJobRun(RunFacts):
    typename__: Literal["Run"] = Field(alias="__typename")


Job.model_rebuild()
