from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import EventFacts, Problem


class RecordEvent(BaseModel):
    record_event: Union[
        "RecordEventRecordEventEvent",
        "RecordEventRecordEventNotFoundError",
        "RecordEventRecordEventForbiddenError",
        "RecordEventRecordEventInvalidError",
        "RecordEventRecordEventConflictError",
        "RecordEventRecordEventExhaustedError",
        "RecordEventRecordEventUnavailableError",
    ] = Field(alias="recordEvent", discriminator="typename__")


class RecordEventRecordEventEvent(EventFacts):
    typename__: Literal["Event"] = Field(alias="__typename")


class RecordEventRecordEventNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class RecordEventRecordEventForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class RecordEventRecordEventInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class RecordEventRecordEventConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class RecordEventRecordEventExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class RecordEventRecordEventUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


RecordEvent.model_rebuild()
