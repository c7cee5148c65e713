from pydantic import Field

from .base_model import BaseModel
from .enums import Health


class HealthCounts(BaseModel):
    health_counts: list["HealthCountsHealthCounts"] = Field(alias="healthCounts")


class HealthCountsHealthCounts(BaseModel):
    health: Health
    assets: int


HealthCounts.model_rebuild()
