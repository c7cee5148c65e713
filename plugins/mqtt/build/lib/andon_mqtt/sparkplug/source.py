"""The source of readings from Sparkplug B: a host application that says that it is there and asks for births.

The session is not kept by the broker (the specification asks for a clean one): what edge nodes published while this
host was away comes as historical values from those that store and forward for their primary host, from others not.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from time import time
from typing import Annotated
from uuid import uuid4

import pyarrow as pa
from pydantic import Field

from andon_mqtt.broker import BrokerSettings
from andon_mqtt.rows import Rows
from andon_mqtt.session import Message, Session, Will, opened
from andon_mqtt.sparkplug.plant import NAMESPACE, Plant, Rebirths
from andon_mqtt.sparkplug.wire import rebirth_request
from andon_mqtt.tally import Tally
from andon_mqtt.values import EPOCH, MICROSECOND
from andon_sdk.connector import Tag

Name = Annotated[str, Field(pattern=r"^[^/+#\x00]+$")]
TICK_S = 0.5


class SparkplugSettings(BrokerSettings):
    """A broker that Sparkplug B edge nodes speak to."""

    host_id: Name | None = Field(
        description="Id of this host application: the primary host id of edge nodes that store and forward for it."
    )
    groups: list[Name] = Field(default_factory=list, description="Groups to read; none: all.")
    rebirth: bool = Field(
        True, description="Ask edge nodes for their births where they are needed; needs the right to publish NCMD."
    )
    rebirth_s: float = Field(
        10.0, ge=1.0, le=3_600.0, description="Pause between two requests to one edge node; it doubles up to 5 minutes."
    )
    rebirths_per_s: float = Field(10.0, gt=0.0, le=1_000.0, description="Requests to all edge nodes together.")
    reorder_s: float = Field(2.0, ge=0.0, le=60.0, description="How long a message waits for those before it.")


def look(settings: SparkplugSettings) -> SparkplugSettings:
    """Under a name of its own and silent: no edge node takes it for its host, and sends it what it stored."""
    return settings.model_copy(update={"client_id": f"{settings.client_id}-{uuid4().hex[:8]}", "host_id": None})


class SparkplugSource:
    """`tally` counts what was received and did not become a reading."""

    def __init__(self, settings: SparkplugSettings) -> None:
        self._settings = settings
        self.tally = Tally(f"Sparkplug B {settings.host}")
        self._session: Session | None = None
        self.ready = False
        """Whether a stream said that this host is online."""
        self._since_ms = 0

    async def open(self) -> None:
        self._since_ms = int(time() * 1_000)
        will = Will(self._state_topic, self._state(False)) if self._settings.host_id else None
        self._session = Session(self._settings, self.tally, client_id=self._settings.client_id, will=will)
        await self._session.connect()

    async def browse(self) -> list[Tag]:
        """Metrics of the births of the next `browse_s` seconds, which edge nodes that speak are asked for."""
        session = opened(self._session)
        plant = Plant(self.tally, lambda address: (False, -1), self._settings.reorder_s)
        rebirths = self._rebirths()
        await session.subscribe(self._filters, 0)
        async for messages in session.for_a_while(self._settings.browse_s):
            self._read(plant, rebirths, session, messages, Rows())
        return sorted(plant.tags, key=lambda tag: tag.address)

    async def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """`since` tells apart what a birth repeats from what it brings."""
        session, wanted = opened(self._session), frozenset(tags)
        kept = {tag: (at - EPOCH) // MICROSECOND for tag, at in since.items()}
        plant = Plant(self.tally, lambda address: (address in wanted, kept.get(address, -1)), self._settings.reorder_s)
        rebirths = self._rebirths()
        await session.subscribe([*self._filters, self._state_topic] if self._settings.host_id else self._filters, 1)
        self._say_online(session)  # after will and subscriptions (section 5.3)
        self.ready = True
        async for messages in session.batches(TICK_S):
            rows = Rows()
            self._read(plant, rebirths, session, messages, rows)
            if len(rows):
                yield rows.batch()
            session.acknowledge(messages)

    def _rebirths(self) -> Rebirths:
        return Rebirths(self._settings.rebirth_s, self._settings.rebirths_per_s)

    def _read(
        self, plant: Plant, rebirths: Rebirths, session: Session, messages: Sequence[Message], rows: Rows
    ) -> None:
        for message in messages:
            if message.topic == self._state_topic:
                self._stay_online(session, message)
            elif not message.topic.startswith(f"{NAMESPACE}/STATE/"):
                plant.take(message, rows)
        now = time()
        plant.pass_time(now)
        if self._settings.rebirth:
            for group, name in rebirths.due(plant.ailing, now):
                session.publish(f"{NAMESPACE}/{group}/NCMD/{name}", rebirth_request(int(now * 1_000)))

    def _stay_online(self, session: Session, message: Message) -> None:
        """An old will of ours, or a stranger, may say that we are gone: say it again."""
        try:
            online = json.loads(message.payload).get("online")
        except (ValueError, AttributeError):
            self.tally.add("STATE is not JSON", message.payload)
            return
        if online is False and self.ready:
            self._say_online(session)

    def _say_online(self, session: Session) -> None:
        if self._settings.host_id:
            session.publish(self._state_topic, self._state(True), 1, retain=True)

    @property
    def _filters(self) -> list[str]:
        return [f"{NAMESPACE}/{group}/#" for group in self._settings.groups] or [f"{NAMESPACE}/#"]

    @property
    def _state_topic(self) -> str:
        return f"{NAMESPACE}/STATE/{self._settings.host_id}"

    def _state(self, online: bool) -> bytes:
        return json.dumps({"online": online, "timestamp": self._since_ms}).encode()

    async def close(self) -> None:
        """Says that the host is offline, so that edge nodes keep what they measure from now on."""
        was_online, self.ready = self.ready, False
        if self._session is not None:
            session, self._session = self._session, None
            if was_online and self._settings.host_id:
                await session.say_last(self._state_topic, self._state(False))
            await session.close()
