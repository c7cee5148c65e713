from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import (
    Problem,
    RunFacts,
    RunFactsParameters,  # noqa: F401
)


class StartRun(BaseModel):
    start_run: Union[
        "StartRunStartRunRun",
        "StartRunStartRunNotFoundError",
        "StartRunStartRunForbiddenError",
        "StartRunStartRunInvalidError",
        "StartRunStartRunConflictError",
        "StartRunStartRunExhaustedError",
        "StartRunStartRunUnavailableError",
    ] = Field(alias="startRun", discriminator="typename__")


class StartRunStartRunRun(RunFacts):
    typename__: Literal["Run"] = Field(alias="__typename")


class StartRunStartRunNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class StartRunStartRunForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class StartRunStartRunInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class StartRunStartRunConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class StartRunStartRunExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class StartRunStartRunUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


StartRun.model_rebuild()
