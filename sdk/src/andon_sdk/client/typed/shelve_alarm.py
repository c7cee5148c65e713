from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import AlarmFacts, AlarmFactsAsset, AlarmFactsTop, Problem  # noqa: F401


class ShelveAlarm(BaseModel):
    shelve_alarm: Union[
        "ShelveAlarmShelveAlarmAlarm",
        "ShelveAlarmShelveAlarmNotFoundError",
        "ShelveAlarmShelveAlarmForbiddenError",
        "ShelveAlarmShelveAlarmInvalidError",
        "ShelveAlarmShelveAlarmConflictError",
        "ShelveAlarmShelveAlarmExhaustedError",
        "ShelveAlarmShelveAlarmUnavailableError",
    ] = Field(alias="shelveAlarm", discriminator="typename__")


class ShelveAlarmShelveAlarmAlarm(AlarmFacts):
    typename__: Literal["Alarm"] = Field(alias="__typename")


class ShelveAlarmShelveAlarmNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class ShelveAlarmShelveAlarmForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class ShelveAlarmShelveAlarmInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class ShelveAlarmShelveAlarmConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class ShelveAlarmShelveAlarmExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class ShelveAlarmShelveAlarmUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


ShelveAlarm.model_rebuild()
