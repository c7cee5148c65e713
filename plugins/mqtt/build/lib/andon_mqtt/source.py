"""The source of readings from plain topics.

With QoS 1 the broker keeps the session while this edge is away, and a message is acknowledged once the batch with its
readings is on disk, that is, when the next batch is asked for. A message that the broker sends again all the same,
because the connection broke before it heard of that, is known by packet identifier, topic and payload.
"""

from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

import pyarrow as pa

from andon_mqtt.reader import Reader
from andon_mqtt.rows import Rows
from andon_mqtt.session import Message, Session, opened
from andon_mqtt.tally import Tally
from andon_mqtt.topic_settings import MqttSettings
from andon_mqtt.topics import Pattern
from andon_sdk.connector import Tag

TAGS_BROWSED = 100_000


def look(settings: MqttSettings) -> MqttSettings:
    """Under a name of its own and without a session that is kept: messages of the edge stay the edge's."""
    own = f"{settings.client_id}-{uuid4().hex[:8]}"
    return settings.model_copy(update={"client_id": own, "qos": 0, "share": None})


class MqttSource:
    """`tally` counts what was received and did not become a reading."""

    def __init__(self, settings: MqttSettings) -> None:
        self._settings = settings
        self.tally = Tally(f"MQTT {settings.host}")
        self._session: Session | None = None
        self.ready = False
        """Whether a stream has its subscriptions: what is published from now on is read."""
        self._kept: set[int] = set()
        self._kept_order: deque[int] = deque()

    async def open(self) -> None:
        settings = self._settings
        kept_s = int(settings.session_h * 3_600) if settings.qos else 0
        self._session = Session(
            settings, self.tally, client_id=settings.client_id, in_flight=settings.in_flight, kept_s=kept_s
        )
        await self._session.connect()

    async def browse(self) -> list[Tag]:
        """Tags of messages of the next `browse_s` seconds and of retained ones, by address."""
        session = opened(self._session)
        reader, seen = Reader(self._settings.topics, self.tally, None), set[str]()
        await session.subscribe(self._filters, 0)
        async for messages in session.for_a_while(self._settings.browse_s):
            rows = Rows()
            for message in messages:
                reader.read(message._replace(retain=False), rows)
            seen |= rows.tags
            if len(seen) >= TAGS_BROWSED:
                self.tally.add("more tags than browsing lists")
                break
        return [Tag(address, path=tuple(address.split("/"))) for address in sorted(seen)[:TAGS_BROWSED]]

    async def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """`since` is not used: the broker knows what is not acknowledged yet."""
        session, settings = opened(self._session), self._settings
        shared = f"$share/{settings.share}/" if settings.share else ""
        await session.subscribe([shared + one for one in self._filters], settings.qos)
        self.ready = True
        reader = Reader(settings.topics, self.tally, tags)
        async for messages in session.batches():
            rows = Rows()
            for message in messages:
                if not (message.again and self._mark(message) in self._kept):
                    reader.read(message, rows, retained=settings.retained == "timed")
            if len(rows):
                yield rows.batch()
            self._remember(messages)
            session.acknowledge(messages)

    @property
    def _filters(self) -> list[str]:
        return [Pattern(one.topic).filter for one in self._settings.topics]

    @staticmethod
    def _mark(message: Message) -> int:
        return hash((message.mid, message.topic, message.payload))

    def _remember(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if message.qos:
                mark = self._mark(message)
                self._kept.add(mark)
                self._kept_order.append(mark)
        while len(self._kept_order) > 2 * self._settings.in_flight:
            self._kept.discard(self._kept_order.popleft())

    async def close(self) -> None:
        self.ready = False
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
