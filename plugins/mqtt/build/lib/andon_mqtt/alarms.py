"""A destination: the news of alarms as JSON on topics of a broker."""

import json
import re
from pathlib import Path

from pydantic import Field, field_validator

from andon_mqtt.broker import BrokerSettings
from andon_mqtt.session import Session
from andon_mqtt.tally import Tally
from andon_sdk.connector import SourceUnavailable
from andon_sdk.destination import DestinationUnavailable, Notice, as_json

_PLACES = ("site", "line", "asset", "rule")
_NAME = re.compile(r"\{([^}]*)\}")
_NOT_IN_A_LEVEL = re.compile(r"[+#/\x00]")


class AlarmSettings(BrokerSettings):
    """A broker and the topic of each asset's news."""

    topic: str = Field(
        "andon/{site}/{line}/{asset}",
        min_length=1,
        description="Topic of a notice; {site}, {line}, {asset} and {rule} stand for its own.",
    )
    retain: bool = Field(
        True, description="The broker keeps the last notice of each topic, so that who connects later knows the state."
    )

    @field_validator("topic")
    @classmethod
    def _a_topic(cls, topic: str) -> str:
        if unknown := [name for name in _NAME.findall(topic) if name not in _PLACES]:
            raise ValueError(f"{{{unknown[0]}}} is none of {', '.join(f'{{{name}}}' for name in _PLACES)}")
        if re.search(r"[+#\x00]", topic) or topic.startswith("$"):
            raise ValueError("what is published needs one topic: no +, no #, and no $ at the beginning")
        return topic

    def topic_of(self, notice: Notice) -> str:
        """A name with a slash or a wildcard in it stays one level of the topic."""
        return _NAME.sub(lambda found: _NOT_IN_A_LEVEL.sub("_", getattr(notice, found[1])), self.topic)


class Alarms:
    """Delivered when the broker acknowledged it (QoS 1)."""

    def __init__(self, settings: AlarmSettings, folder: Path) -> None:
        self._settings = settings
        self._session: Session | None = None

    async def open(self) -> None:
        session = Session(self._settings, Tally("mqtt-alarms"), client_id=self._settings.client_id)
        try:
            await session.connect()
        except SourceUnavailable as error:
            raise DestinationUnavailable(str(error)) from error
        self._session = session

    async def deliver(self, notice: Notice) -> None:
        assert self._session is not None, "open comes first"
        payload = json.dumps(as_json(notice), ensure_ascii=False).encode()
        try:
            await self._session.publish_surely(self._settings.topic_of(notice), payload, retain=self._settings.retain)
        except SourceUnavailable as error:
            raise DestinationUnavailable(str(error)) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
