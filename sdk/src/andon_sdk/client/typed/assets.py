from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import AssetFacts


class Assets(BaseModel):
    assets: "AssetsAssets"


class AssetsAssets(BaseModel):
    total_count: int = Field(alias="totalCount")
    page_info: "AssetsAssetsPageInfo" = Field(alias="pageInfo")
    edges: list["AssetsAssetsEdges"]


class AssetsAssetsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


class AssetsAssetsEdges(BaseModel):
    node: "AssetsAssetsEdgesNode"


AssetsAssetsEdgesNode = AssetFacts
Assets.model_rebuild()
AssetsAssets.model_rebuild()
AssetsAssetsEdges.model_rebuild()
