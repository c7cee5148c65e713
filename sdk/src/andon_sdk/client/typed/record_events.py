from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import EventFacts, Problem


class RecordEvents(BaseModel):
    record_events: Union[
        "RecordEventsRecordEventsRecordedEvents",
        "RecordEventsRecordEventsNotFoundError",
        "RecordEventsRecordEventsForbiddenError",
        "RecordEventsRecordEventsInvalidError",
        "RecordEventsRecordEventsConflictError",
        "RecordEventsRecordEventsExhaustedError",
        "RecordEventsRecordEventsUnavailableError",
    ] = Field(alias="recordEvents", discriminator="typename__")


class RecordEventsRecordEventsRecordedEvents(BaseModel):
    typename__: Literal["RecordedEvents"] = Field(alias="__typename")
    events: list["RecordEventsRecordEventsRecordedEventsEvents"]


RecordEventsRecordEventsRecordedEventsEvents = EventFacts


class RecordEventsRecordEventsNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class RecordEventsRecordEventsForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class RecordEventsRecordEventsInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class RecordEventsRecordEventsConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class RecordEventsRecordEventsExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class RecordEventsRecordEventsUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


RecordEvents.model_rebuild()
RecordEventsRecordEventsRecordedEvents.model_rebuild()
