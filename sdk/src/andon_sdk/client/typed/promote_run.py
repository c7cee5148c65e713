from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import Problem


class PromoteRun(BaseModel):
    promote_run: Union[
        "PromoteRunPromoteRunPromotedRun",
        "PromoteRunPromoteRunNotFoundError",
        "PromoteRunPromoteRunForbiddenError",
        "PromoteRunPromoteRunInvalidError",
        "PromoteRunPromoteRunConflictError",
        "PromoteRunPromoteRunExhaustedError",
        "PromoteRunPromoteRunUnavailableError",
    ] = Field(alias="promoteRun", discriminator="typename__")


class PromoteRunPromoteRunPromotedRun(BaseModel):
    typename__: Literal["PromotedRun"] = Field(alias="__typename")
    wanted_generation: int = Field(alias="wantedGeneration")
    promoted: int


class PromoteRunPromoteRunNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class PromoteRunPromoteRunForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class PromoteRunPromoteRunInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class PromoteRunPromoteRunConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class PromoteRunPromoteRunExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class PromoteRunPromoteRunUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


PromoteRun.model_rebuild()
