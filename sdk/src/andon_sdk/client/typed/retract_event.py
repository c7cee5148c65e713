from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import EventFacts, Problem


class RetractEvent(BaseModel):
    retract_event: Union[
        "RetractEventRetractEventEvent",
        "RetractEventRetractEventNotFoundError",
        "RetractEventRetractEventForbiddenError",
        "RetractEventRetractEventInvalidError",
        "RetractEventRetractEventConflictError",
        "RetractEventRetractEventExhaustedError",
        "RetractEventRetractEventUnavailableError",
    ] = Field(alias="retractEvent", discriminator="typename__")


class RetractEventRetractEventEvent(EventFacts):
    typename__: Literal["Event"] = Field(alias="__typename")


class RetractEventRetractEventNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class RetractEventRetractEventForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class RetractEventRetractEventInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class RetractEventRetractEventConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class RetractEventRetractEventExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class RetractEventRetractEventUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


RetractEvent.model_rebuild()
