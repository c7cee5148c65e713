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


class Promote(BaseModel):
    promote: Union[
        "PromotePromoteDeployment",
        "PromotePromoteNotFoundError",
        "PromotePromoteForbiddenError",
        "PromotePromoteInvalidError",
        "PromotePromoteConflictError",
        "PromotePromoteExhaustedError",
        "PromotePromoteUnavailableError",
    ] = Field(discriminator="typename__")


class PromotePromoteDeployment(DeploymentFacts):
    typename__: Literal["Deployment"] = Field(alias="__typename")


class PromotePromoteNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class PromotePromoteForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class PromotePromoteInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class PromotePromoteConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class PromotePromoteExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class PromotePromoteUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


Promote.model_rebuild()
