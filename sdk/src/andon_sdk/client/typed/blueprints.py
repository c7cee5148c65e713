from typing import Optional

from .base_model import BaseModel


class Blueprints(BaseModel):
    blueprints: list["BlueprintsBlueprints"]


class BlueprintsBlueprints(BaseModel):
    key: str
    title: str
    version: str
    contract: Optional[str]
    parameters: list["BlueprintsBlueprintsParameters"]


class BlueprintsBlueprintsParameters(BaseModel):
    key: str
    title: str
    default: float
    low: float
    high: float
    whole: bool


Blueprints.model_rebuild()
BlueprintsBlueprints.model_rebuild()
