from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class EdgeWanted(BaseModel):
    edge_wanted: "EdgeWantedEdgeWanted" = Field(alias="edgeWanted")


class EdgeWantedEdgeWanted(BaseModel):
    version: int
    browse: list[str]
    sources: list["EdgeWantedEdgeWantedSources"]


class EdgeWantedEdgeWantedSources(BaseModel):
    source: str
    assets: list["EdgeWantedEdgeWantedSourcesAssets"]


class EdgeWantedEdgeWantedSourcesAssets(BaseModel):
    asset: str
    contract: str
    signals: list["EdgeWantedEdgeWantedSourcesAssetsSignals"]


class EdgeWantedEdgeWantedSourcesAssetsSignals(BaseModel):
    signal: str
    tag: str
    unit: Optional[str]
    scale: float
    offset: float
    dead_band: float = Field(alias="deadBand")
    silence_s: float = Field(alias="silenceS")
    hold_s: float = Field(alias="holdS")


EdgeWanted.model_rebuild()
EdgeWantedEdgeWanted.model_rebuild()
EdgeWantedEdgeWantedSources.model_rebuild()
EdgeWantedEdgeWantedSourcesAssets.model_rebuild()
