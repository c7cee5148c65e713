from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class Gates(BaseModel):
    run: Optional["GatesRun"]


class GatesRun(BaseModel):
    assets: "GatesRunAssets"


class GatesRunAssets(BaseModel):
    page_info: "GatesRunAssetsPageInfo" = Field(alias="pageInfo")
    edges: list["GatesRunAssetsEdges"]


class GatesRunAssetsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


class GatesRunAssetsEdges(BaseModel):
    node: "GatesRunAssetsEdgesNode"


class GatesRunAssetsEdgesNode(BaseModel):
    problem: Optional[str]
    asset: "GatesRunAssetsEdgesNodeAsset"
    gates: list["GatesRunAssetsEdgesNodeGates"]


class GatesRunAssetsEdgesNodeAsset(BaseModel):
    id: str
    key: str


class GatesRunAssetsEdgesNodeGates(BaseModel):
    key: str
    title: str
    passed: bool
    value: Optional[float]
    limit: Optional[float]
    sentence: str


Gates.model_rebuild()
GatesRun.model_rebuild()
GatesRunAssets.model_rebuild()
GatesRunAssetsEdges.model_rebuild()
GatesRunAssetsEdgesNode.model_rebuild()
