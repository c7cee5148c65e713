"""From a message of a plain topic to readings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson

from andon_mqtt.rows import Rows
from andon_mqtt.session import Message
from andon_mqtt.tally import Tally
from andon_mqtt.topic_settings import TopicSettings
from andon_mqtt.topics import Pattern
from andon_mqtt.values import Unreadable, find, number, plain_number, pointer, quality, time_reader
from andon_sdk.connector import Quality

TOPICS_REMEMBERED = 100_000
"""Beyond it all are forgotten and matched again, so that a flood of topics fills no memory."""
TAGS_SEEN = 100_000
MICROSECONDS = 1_000_000


class Topic:
    """How messages of one pattern are read."""

    def __init__(self, settings: TopicSettings) -> None:
        self.pattern = Pattern(settings.topic)
        self.template = settings.template
        self._payload = settings.payload
        self._rows = None if settings.rows is None else pointer(settings.rows)
        self._value = None if settings.value is None else pointer(settings.value)
        self._values = {name: pointer(text) for name, text in (settings.values or {}).items()}
        self._each = None if settings.each is None else pointer(settings.each)
        self._time = None if settings.time is None else pointer(settings.time)
        self._read_time = time_reader(settings.time_format, settings.time_zone)
        self._quality = None if settings.quality is None else pointer(settings.quality)

    @property
    def timed(self) -> bool:
        return self._time is not None

    def documents(self, payload: bytes) -> list[Any]:
        """Raises `Unreadable`."""
        if self._payload == "number":
            return [plain_number(payload)]
        try:
            document = orjson.loads(payload)
        except orjson.JSONDecodeError:
            raise Unreadable("payload is not JSON") from None
        if self._rows is None:
            return [document]
        rows = find(document, self._rows)
        if not isinstance(rows, list):
            raise Unreadable("rows are not a list")
        return rows

    def time_us(self, document: Any, arrived: float) -> int:
        """Raises `Unreadable`."""
        return int(arrived * MICROSECONDS) if self._time is None else self._read_time(find(document, self._time))

    def quality(self, document: Any) -> Quality:
        """Raises `Unreadable`."""
        return Quality.GOOD if self._quality is None else quality(find(document, self._quality))

    def values(self, document: Any) -> Iterable[tuple[str, Callable[[], float | None]]]:
        """Name of each value, empty for the only one, and a call that reads it or raises `Unreadable`."""
        if self._payload == "number":
            return [("", lambda: document)]
        if self._value is not None:
            return [("", lambda: number(find(document, self._value or ())))]
        if self._each is None:
            return ((name, lambda steps=steps: number(find(document, steps))) for name, steps in self._values.items())
        members = find(document, self._each)
        if not isinstance(members, dict):
            raise Unreadable("what each points to is not an object")
        return ((name, lambda value=value: number(value)) for name, value in members.items())


class Reader:
    """Reads messages of all patterns. What is not asked for is passed over; what cannot be read is counted."""

    def __init__(self, settings: Sequence[TopicSettings], tally: Tally, wanted: Iterable[str] | None) -> None:
        """`wanted` are addresses of tags, None: all."""
        self._topics = [Topic(one) for one in settings]
        self._tally = tally
        self._wanted = None if wanted is None else frozenset(wanted)
        self._known: dict[str, tuple[Topic, dict[str, str], dict[str, str | None]] | None] = {}

    def read(self, message: Message, rows: Rows, *, retained: bool = True) -> None:
        """`retained`: whether a retained message is taken, if its payload says its time."""
        known = self._known_topic(message.topic)
        if known is None:
            if message.topic:
                self._tally.add("topic of no pattern", message.topic)
            return
        topic, named, addresses = known
        if message.retain and not (retained and topic.timed):
            self._tally.add("retained value of unknown age" if retained else "retained value", message.topic)
            return
        try:
            for document in topic.documents(message.payload):
                self._read(topic, named, addresses, document, message, rows)
        except Unreadable as error:
            self._tally.add(str(error), message.payload)

    def _read(
        self, topic: Topic, named: dict[str, str], addresses: dict[str, str | None], document: Any, message: Message,
        rows: Rows,
    ) -> None:  # fmt: skip
        try:
            time_us, judged, values = (
                topic.time_us(document, message.at),
                topic.quality(document),
                topic.values(document),
            )
        except Unreadable as error:
            self._tally.add(str(error), message.payload)
            return
        for name, value in values:
            address = addresses[name] if name in addresses else self._address(topic, named, addresses, name)
            if address is None:
                continue
            try:
                rows.add(address, time_us, value(), judged)
            except Unreadable as error:
                self._tally.add(str(error), message.payload)

    def _known_topic(self, name: str) -> tuple[Topic, dict[str, str], dict[str, str | None]] | None:
        if name not in self._known:
            if len(self._known) >= TOPICS_REMEMBERED:
                self._known.clear()
            self._known[name] = next(self._matching(name), None)
        return self._known[name]

    def _matching(self, name: str) -> Iterator[tuple[Topic, dict[str, str], dict[str, str | None]]]:
        for topic in self._topics:
            named = topic.pattern.match(name) if name else None
            if named is not None:
                yield topic, {**named, "topic": name}, {}

    def _address(self, topic: Topic, named: dict[str, str], known: dict[str, str | None], name: str) -> str | None:
        """None for a tag that is not wanted."""
        address = topic.template.format(**named, name=name)
        if self._wanted is not None and address not in self._wanted:
            address = None
        if len(known) >= TAGS_SEEN:
            known.clear()
        known[name] = address
        return address
