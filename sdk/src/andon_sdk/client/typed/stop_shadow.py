from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import (  # noqa: F401
    DeploymentFacts,
    DeploymentFactsAsset,
    DeploymentFactsChampion,
    DeploymentFactsPrevious,
    Problem,
)


class StopShadow(BaseModel):
    stop_shadow: Union[
        "StopShadowStopShadowDeployment",
        "StopShadowStopShadowNotFoundError",
        "StopShadowStopShadowForbiddenError",
        "StopShadowStopShadowInvalidError",
        "StopShadowStopShadowConflictError",
        "StopShadowStopShadowExhaustedError",
        "StopShadowStopShadowUnavailableError",
    ] = Field(alias="stopShadow", discriminator="typename__")


class StopShadowStopShadowDeployment(DeploymentFacts):
    typename__: Literal["Deployment"] = Field(alias="__typename")


class StopShadowStopShadowNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class StopShadowStopShadowForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class StopShadowStopShadowInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class StopShadowStopShadowConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class StopShadowStopShadowExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class StopShadowStopShadowUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


StopShadow.model_rebuild()
