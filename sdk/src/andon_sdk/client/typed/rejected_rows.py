from typing import Annotated, Literal, Optional, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import RowOutcome


class RejectedRows(BaseModel):
    job: Optional[
        Annotated[
            Union["RejectedRowsJobJob", "RejectedRowsJobImportJob"],
            Field(discriminator="typename__"),
        ]
    ]


class RejectedRowsJobJob(BaseModel):
    typename__: Literal["ExportJob", "Job", "Rollout", "Run"] = Field(
        alias="__typename"
    )


class RejectedRowsJobImportJob(BaseModel):
    typename__: Literal["ImportJob"] = Field(alias="__typename")
    rejected_rows: "RejectedRowsJobImportJobRejectedRows" = Field(alias="rejectedRows")


class RejectedRowsJobImportJobRejectedRows(BaseModel):
    page_info: "RejectedRowsJobImportJobRejectedRowsPageInfo" = Field(alias="pageInfo")
    edges: list["RejectedRowsJobImportJobRejectedRowsEdges"]


class RejectedRowsJobImportJobRejectedRowsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


class RejectedRowsJobImportJobRejectedRowsEdges(BaseModel):
    node: "RejectedRowsJobImportJobRejectedRowsEdgesNode"


class RejectedRowsJobImportJobRejectedRowsEdgesNode(BaseModel):
    row: int
    outcome: RowOutcome
    code: str
    message: str
    signal: Optional[str]


RejectedRows.model_rebuild()
RejectedRowsJobImportJob.model_rebuild()
RejectedRowsJobImportJobRejectedRows.model_rebuild()
RejectedRowsJobImportJobRejectedRowsEdges.model_rebuild()
