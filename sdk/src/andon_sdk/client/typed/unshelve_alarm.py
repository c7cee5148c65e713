from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import AlarmFacts, AlarmFactsAsset, AlarmFactsTop, Problem  # noqa: F401


class UnshelveAlarm(BaseModel):
    unshelve_alarm: Union[
        "UnshelveAlarmUnshelveAlarmAlarm",
        "UnshelveAlarmUnshelveAlarmNotFoundError",
        "UnshelveAlarmUnshelveAlarmForbiddenError",
        "UnshelveAlarmUnshelveAlarmInvalidError",
        "UnshelveAlarmUnshelveAlarmConflictError",
        "UnshelveAlarmUnshelveAlarmExhaustedError",
        "UnshelveAlarmUnshelveAlarmUnavailableError",
    ] = Field(alias="unshelveAlarm", discriminator="typename__")


class UnshelveAlarmUnshelveAlarmAlarm(AlarmFacts):
    typename__: Literal["Alarm"] = Field(alias="__typename")


class UnshelveAlarmUnshelveAlarmNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class UnshelveAlarmUnshelveAlarmForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class UnshelveAlarmUnshelveAlarmInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class UnshelveAlarmUnshelveAlarmConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class UnshelveAlarmUnshelveAlarmExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class UnshelveAlarmUnshelveAlarmUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


UnshelveAlarm.model_rebuild()
