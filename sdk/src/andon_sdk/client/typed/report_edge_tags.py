from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import Problem


class ReportEdgeTags(BaseModel):
    report_edge_tags: Union[
        "ReportEdgeTagsReportEdgeTagsEdgeTagsReport",
        "ReportEdgeTagsReportEdgeTagsNotFoundError",
        "ReportEdgeTagsReportEdgeTagsForbiddenError",
        "ReportEdgeTagsReportEdgeTagsInvalidError",
        "ReportEdgeTagsReportEdgeTagsConflictError",
        "ReportEdgeTagsReportEdgeTagsExhaustedError",
        "ReportEdgeTagsReportEdgeTagsUnavailableError",
    ] = Field(alias="reportEdgeTags", discriminator="typename__")


class ReportEdgeTagsReportEdgeTagsEdgeTagsReport(BaseModel):
    typename__: Literal["EdgeTagsReport"] = Field(alias="__typename")
    tags: int


class ReportEdgeTagsReportEdgeTagsNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class ReportEdgeTagsReportEdgeTagsForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class ReportEdgeTagsReportEdgeTagsInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class ReportEdgeTagsReportEdgeTagsConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class ReportEdgeTagsReportEdgeTagsExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class ReportEdgeTagsReportEdgeTagsUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


ReportEdgeTags.model_rebuild()
