from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import (  # noqa: F401
    ImportFacts,
    ImportFactsCounts,
    ImportFactsProblem,
    Problem,
)


class StartImport(BaseModel):
    start_import: Union[
        "StartImportStartImportImportJob",
        "StartImportStartImportNotFoundError",
        "StartImportStartImportForbiddenError",
        "StartImportStartImportInvalidError",
        "StartImportStartImportConflictError",
        "StartImportStartImportExhaustedError",
        "StartImportStartImportUnavailableError",
    ] = Field(alias="startImport", discriminator="typename__")


class StartImportStartImportImportJob(ImportFacts):
    typename__: Literal["ImportJob"] = Field(alias="__typename")


class StartImportStartImportNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class StartImportStartImportForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class StartImportStartImportInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class StartImportStartImportConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class StartImportStartImportExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class StartImportStartImportUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


StartImport.model_rebuild()
