from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import AlarmFacts


class Alarms(BaseModel):
    alarms: "AlarmsAlarms"


class AlarmsAlarms(BaseModel):
    page_info: "AlarmsAlarmsPageInfo" = Field(alias="pageInfo")
    edges: list["AlarmsAlarmsEdges"]


class AlarmsAlarmsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


class AlarmsAlarmsEdges(BaseModel):
    node: "AlarmsAlarmsEdgesNode"


AlarmsAlarmsEdgesNode = AlarmFacts
Alarms.model_rebuild()
AlarmsAlarms.model_rebuild()
AlarmsAlarmsEdges.model_rebuild()
