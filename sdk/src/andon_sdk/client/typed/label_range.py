from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import EventFacts, Problem


class LabelRange(BaseModel):
    label_range: Union[
        "LabelRangeLabelRangeRecordedEvents",
        "LabelRangeLabelRangeNotFoundError",
        "LabelRangeLabelRangeForbiddenError",
        "LabelRangeLabelRangeInvalidError",
        "LabelRangeLabelRangeConflictError",
        "LabelRangeLabelRangeExhaustedError",
        "LabelRangeLabelRangeUnavailableError",
    ] = Field(alias="labelRange", discriminator="typename__")


class LabelRangeLabelRangeRecordedEvents(BaseModel):
    typename__: Literal["RecordedEvents"] = Field(alias="__typename")
    events: list["LabelRangeLabelRangeRecordedEventsEvents"]


LabelRangeLabelRangeRecordedEventsEvents = EventFacts


class LabelRangeLabelRangeNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class LabelRangeLabelRangeForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class LabelRangeLabelRangeInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class LabelRangeLabelRangeConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class LabelRangeLabelRangeExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class LabelRangeLabelRangeUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


LabelRange.model_rebuild()
LabelRangeLabelRangeRecordedEvents.model_rebuild()
