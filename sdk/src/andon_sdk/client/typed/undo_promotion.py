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


class UndoPromotion(BaseModel):
    undo_promotion: Union[
        "UndoPromotionUndoPromotionDeployment",
        "UndoPromotionUndoPromotionNotFoundError",
        "UndoPromotionUndoPromotionForbiddenError",
        "UndoPromotionUndoPromotionInvalidError",
        "UndoPromotionUndoPromotionConflictError",
        "UndoPromotionUndoPromotionExhaustedError",
        "UndoPromotionUndoPromotionUnavailableError",
    ] = Field(alias="undoPromotion", discriminator="typename__")


class UndoPromotionUndoPromotionDeployment(DeploymentFacts):
    typename__: Literal["Deployment"] = Field(alias="__typename")


class UndoPromotionUndoPromotionNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class UndoPromotionUndoPromotionForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class UndoPromotionUndoPromotionInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class UndoPromotionUndoPromotionConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class UndoPromotionUndoPromotionExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class UndoPromotionUndoPromotionUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


UndoPromotion.model_rebuild()
