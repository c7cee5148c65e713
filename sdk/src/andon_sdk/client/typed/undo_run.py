from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import Problem


class UndoRun(BaseModel):
    undo_run: Union[
        "UndoRunUndoRunUndoneRun",
        "UndoRunUndoRunNotFoundError",
        "UndoRunUndoRunForbiddenError",
        "UndoRunUndoRunInvalidError",
        "UndoRunUndoRunConflictError",
        "UndoRunUndoRunExhaustedError",
        "UndoRunUndoRunUnavailableError",
    ] = Field(alias="undoRun", discriminator="typename__")


class UndoRunUndoRunUndoneRun(BaseModel):
    typename__: Literal["UndoneRun"] = Field(alias="__typename")
    wanted_generation: int = Field(alias="wantedGeneration")
    undone: int
    first_champions: int = Field(alias="firstChampions")


class UndoRunUndoRunNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class UndoRunUndoRunForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class UndoRunUndoRunInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class UndoRunUndoRunConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class UndoRunUndoRunExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class UndoRunUndoRunUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


UndoRun.model_rebuild()
