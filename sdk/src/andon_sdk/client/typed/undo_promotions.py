from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import Problem


class UndoPromotions(BaseModel):
    undo_promotions: Union[
        "UndoPromotionsUndoPromotionsUndonePromotions",
        "UndoPromotionsUndoPromotionsNotFoundError",
        "UndoPromotionsUndoPromotionsForbiddenError",
        "UndoPromotionsUndoPromotionsInvalidError",
        "UndoPromotionsUndoPromotionsConflictError",
        "UndoPromotionsUndoPromotionsExhaustedError",
        "UndoPromotionsUndoPromotionsUnavailableError",
    ] = Field(alias="undoPromotions", discriminator="typename__")


class UndoPromotionsUndoPromotionsUndonePromotions(BaseModel):
    typename__: Literal["UndonePromotions"] = Field(alias="__typename")
    wanted_generation: int = Field(alias="wantedGeneration")
    undone: int
    changed_since: int = Field(alias="changedSince")
    first_champions: int = Field(alias="firstChampions")


class UndoPromotionsUndoPromotionsNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class UndoPromotionsUndoPromotionsForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class UndoPromotionsUndoPromotionsInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class UndoPromotionsUndoPromotionsConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class UndoPromotionsUndoPromotionsExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class UndoPromotionsUndoPromotionsUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


UndoPromotions.model_rebuild()
