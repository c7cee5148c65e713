from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import Problem


class PromoteShadows(BaseModel):
    promote_shadows: Union[
        "PromoteShadowsPromoteShadowsPromotedShadows",
        "PromoteShadowsPromoteShadowsNotFoundError",
        "PromoteShadowsPromoteShadowsForbiddenError",
        "PromoteShadowsPromoteShadowsInvalidError",
        "PromoteShadowsPromoteShadowsConflictError",
        "PromoteShadowsPromoteShadowsExhaustedError",
        "PromoteShadowsPromoteShadowsUnavailableError",
    ] = Field(alias="promoteShadows", discriminator="typename__")


class PromoteShadowsPromoteShadowsPromotedShadows(BaseModel):
    typename__: Literal["PromotedShadows"] = Field(alias="__typename")
    wanted_generation: int = Field(alias="wantedGeneration")
    promoted: int


class PromoteShadowsPromoteShadowsNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class PromoteShadowsPromoteShadowsForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class PromoteShadowsPromoteShadowsInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class PromoteShadowsPromoteShadowsConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class PromoteShadowsPromoteShadowsExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class PromoteShadowsPromoteShadowsUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


PromoteShadows.model_rebuild()
