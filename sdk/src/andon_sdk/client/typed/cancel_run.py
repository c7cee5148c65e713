from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import (
    Problem,
    RunFacts,
    RunFactsParameters,  # noqa: F401
)


class CancelRun(BaseModel):
    cancel_run: Union[
        "CancelRunCancelRunRun",
        "CancelRunCancelRunNotFoundError",
        "CancelRunCancelRunForbiddenError",
        "CancelRunCancelRunInvalidError",
        "CancelRunCancelRunConflictError",
        "CancelRunCancelRunExhaustedError",
        "CancelRunCancelRunUnavailableError",
    ] = Field(alias="cancelRun", discriminator="typename__")


class CancelRunCancelRunRun(RunFacts):
    typename__: Literal["Run"] = Field(alias="__typename")


class CancelRunCancelRunNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class CancelRunCancelRunForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class CancelRunCancelRunInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class CancelRunCancelRunConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class CancelRunCancelRunExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class CancelRunCancelRunUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


CancelRun.model_rebuild()
