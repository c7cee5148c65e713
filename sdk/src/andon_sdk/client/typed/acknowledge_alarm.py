from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import AlarmFacts, AlarmFactsAsset, AlarmFactsTop, Problem  # noqa: F401


class AcknowledgeAlarm(BaseModel):
    acknowledge_alarm: Union[
        "AcknowledgeAlarmAcknowledgeAlarmAlarm",
        "AcknowledgeAlarmAcknowledgeAlarmNotFoundError",
        "AcknowledgeAlarmAcknowledgeAlarmForbiddenError",
        "AcknowledgeAlarmAcknowledgeAlarmInvalidError",
        "AcknowledgeAlarmAcknowledgeAlarmConflictError",
        "AcknowledgeAlarmAcknowledgeAlarmExhaustedError",
        "AcknowledgeAlarmAcknowledgeAlarmUnavailableError",
    ] = Field(alias="acknowledgeAlarm", discriminator="typename__")


class AcknowledgeAlarmAcknowledgeAlarmAlarm(AlarmFacts):
    typename__: Literal["Alarm"] = Field(alias="__typename")


class AcknowledgeAlarmAcknowledgeAlarmNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class AcknowledgeAlarmAcknowledgeAlarmForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class AcknowledgeAlarmAcknowledgeAlarmInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class AcknowledgeAlarmAcknowledgeAlarmConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class AcknowledgeAlarmAcknowledgeAlarmExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class AcknowledgeAlarmAcknowledgeAlarmUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


AcknowledgeAlarm.model_rebuild()
