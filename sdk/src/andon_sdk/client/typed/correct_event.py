from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import EventFacts, Problem


class CorrectEvent(BaseModel):
    correct_event: Union[
        "CorrectEventCorrectEventEvent",
        "CorrectEventCorrectEventNotFoundError",
        "CorrectEventCorrectEventForbiddenError",
        "CorrectEventCorrectEventInvalidError",
        "CorrectEventCorrectEventConflictError",
        "CorrectEventCorrectEventExhaustedError",
        "CorrectEventCorrectEventUnavailableError",
    ] = Field(alias="correctEvent", discriminator="typename__")


class CorrectEventCorrectEventEvent(EventFacts):
    typename__: Literal["Event"] = Field(alias="__typename")


class CorrectEventCorrectEventNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class CorrectEventCorrectEventForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class CorrectEventCorrectEventInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class CorrectEventCorrectEventConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class CorrectEventCorrectEventExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class CorrectEventCorrectEventUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


CorrectEvent.model_rebuild()
