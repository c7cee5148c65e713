from pydantic import Field

from .base_model import BaseModel
from .fragments import AssetFacts


class AssetsByKeys(BaseModel):
    assets_by_keys: list["AssetsByKeysAssetsByKeys"] = Field(alias="assetsByKeys")


AssetsByKeysAssetsByKeys = AssetFacts
AssetsByKeys.model_rebuild()
