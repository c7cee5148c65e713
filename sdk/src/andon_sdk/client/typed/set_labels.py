from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import Problem


class SetLabels(BaseModel):
    set_labels: Union[
        "SetLabelsSetLabelsLabelledAssets",
        "SetLabelsSetLabelsNotFoundError",
        "SetLabelsSetLabelsForbiddenError",
        "SetLabelsSetLabelsInvalidError",
        "SetLabelsSetLabelsConflictError",
        "SetLabelsSetLabelsExhaustedError",
        "SetLabelsSetLabelsUnavailableError",
    ] = Field(alias="setLabels", discriminator="typename__")


class SetLabelsSetLabelsLabelledAssets(BaseModel):
    typename__: Literal["LabelledAssets"] = Field(alias="__typename")
    assets: list["SetLabelsSetLabelsLabelledAssetsAssets"]


class SetLabelsSetLabelsLabelledAssetsAssets(BaseModel):
    id: str
    key: str
    labels: list["SetLabelsSetLabelsLabelledAssetsAssetsLabels"]


class SetLabelsSetLabelsLabelledAssetsAssetsLabels(BaseModel):
    key: str
    value: str


class SetLabelsSetLabelsNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class SetLabelsSetLabelsForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class SetLabelsSetLabelsInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class SetLabelsSetLabelsConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class SetLabelsSetLabelsExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class SetLabelsSetLabelsUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


SetLabels.model_rebuild()
SetLabelsSetLabelsLabelledAssets.model_rebuild()
SetLabelsSetLabelsLabelledAssetsAssets.model_rebuild()
