from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import (  # noqa: F401
    ExportFacts,
    ExportFactsCounts,
    ExportFactsProblem,
    Problem,
)


class StartExport(BaseModel):
    start_export: Union[
        "StartExportStartExportExportJob",
        "StartExportStartExportNotFoundError",
        "StartExportStartExportForbiddenError",
        "StartExportStartExportInvalidError",
        "StartExportStartExportConflictError",
        "StartExportStartExportExhaustedError",
        "StartExportStartExportUnavailableError",
    ] = Field(alias="startExport", discriminator="typename__")


class StartExportStartExportExportJob(ExportFacts):
    typename__: Literal["ExportJob"] = Field(alias="__typename")


class StartExportStartExportNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class StartExportStartExportForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class StartExportStartExportInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class StartExportStartExportConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class StartExportStartExportExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class StartExportStartExportUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


StartExport.model_rebuild()
