from datetime import datetime
from typing import Optional

from .base_model import BaseModel
from .enums import Recovery
from .fragments import (  # noqa: F401
    AssetFacts,
    AssetFactsContract,
    AssetFactsHealth,
    AssetFactsLabels,
    EventFacts,
)


class Asset(BaseModel):
    asset: Optional["AssetAsset"]


class AssetAsset(AssetFacts):
    history: Optional["AssetAssetHistory"]
    champion: Optional["AssetAssetChampion"]
    challenger: Optional["AssetAssetChallenger"]
    events: list["AssetAssetEvents"]
    regimes: list["AssetAssetRegimes"]


class AssetAssetHistory(BaseModel):
    first: datetime
    last: datetime


class AssetAssetChampion(BaseModel):
    id: str
    number: int


class AssetAssetChallenger(BaseModel):
    id: str
    number: int


AssetAssetEvents = EventFacts


class AssetAssetRegimes(BaseModel):
    start: Optional[datetime]
    end: Optional[datetime]
    recovery: Optional[Recovery]


Asset.model_rebuild()
AssetAsset.model_rebuild()
