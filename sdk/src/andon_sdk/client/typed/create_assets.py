from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import AssetFacts, Problem


class CreateAssets(BaseModel):
    create_assets: Union[
        "CreateAssetsCreateAssetsCreatedAssets",
        "CreateAssetsCreateAssetsNotFoundError",
        "CreateAssetsCreateAssetsForbiddenError",
        "CreateAssetsCreateAssetsInvalidError",
        "CreateAssetsCreateAssetsConflictError",
        "CreateAssetsCreateAssetsExhaustedError",
        "CreateAssetsCreateAssetsUnavailableError",
    ] = Field(alias="createAssets", discriminator="typename__")


class CreateAssetsCreateAssetsCreatedAssets(BaseModel):
    typename__: Literal["CreatedAssets"] = Field(alias="__typename")
    assets: list["CreateAssetsCreateAssetsCreatedAssetsAssets"]


CreateAssetsCreateAssetsCreatedAssetsAssets = AssetFacts


class CreateAssetsCreateAssetsNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class CreateAssetsCreateAssetsForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class CreateAssetsCreateAssetsInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class CreateAssetsCreateAssetsConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class CreateAssetsCreateAssetsExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class CreateAssetsCreateAssetsUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


CreateAssets.model_rebuild()
CreateAssetsCreateAssetsCreatedAssets.model_rebuild()
