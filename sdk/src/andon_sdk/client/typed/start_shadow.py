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


class StartShadow(BaseModel):
    start_shadow: Union[
        "StartShadowStartShadowDeployment",
        "StartShadowStartShadowNotFoundError",
        "StartShadowStartShadowForbiddenError",
        "StartShadowStartShadowInvalidError",
        "StartShadowStartShadowConflictError",
        "StartShadowStartShadowExhaustedError",
        "StartShadowStartShadowUnavailableError",
    ] = Field(alias="startShadow", discriminator="typename__")


class StartShadowStartShadowDeployment(DeploymentFacts):
    typename__: Literal["Deployment"] = Field(alias="__typename")


class StartShadowStartShadowNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class StartShadowStartShadowForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class StartShadowStartShadowInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class StartShadowStartShadowConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class StartShadowStartShadowExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class StartShadowStartShadowUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


StartShadow.model_rebuild()
