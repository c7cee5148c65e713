from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import Problem


class ReportPlantEdge(BaseModel):
    report_plant_edge: Union[
        "ReportPlantEdgeReportPlantEdgePlantEdge",
        "ReportPlantEdgeReportPlantEdgeNotFoundError",
        "ReportPlantEdgeReportPlantEdgeForbiddenError",
        "ReportPlantEdgeReportPlantEdgeInvalidError",
        "ReportPlantEdgeReportPlantEdgeConflictError",
        "ReportPlantEdgeReportPlantEdgeExhaustedError",
        "ReportPlantEdgeReportPlantEdgeUnavailableError",
    ] = Field(alias="reportPlantEdge", discriminator="typename__")


class ReportPlantEdgeReportPlantEdgePlantEdge(BaseModel):
    typename__: Literal["PlantEdge"] = Field(alias="__typename")
    id: str
    name: str


class ReportPlantEdgeReportPlantEdgeNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class ReportPlantEdgeReportPlantEdgeForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class ReportPlantEdgeReportPlantEdgeInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class ReportPlantEdgeReportPlantEdgeConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class ReportPlantEdgeReportPlantEdgeExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class ReportPlantEdgeReportPlantEdgeUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


ReportPlantEdge.model_rebuild()
