"""One edge node as the host sees it: what its births named, in what order its messages count, when it died.

A message counts in the order of its sequence number (0 to 255, then 0 again). One that came too early waits for those
before it; when they do not come within the reorder timeout, the births are asked for again and nothing is read until
they are there: what was lost may have been a birth, and an alias after it another metric. A reading less is better than
a reading under a wrong name. Specification 3.0, section 5.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from andon_mqtt.rows import Rows
from andon_mqtt.sparkplug import metrics
from andon_mqtt.tally import Tally
from andon_mqtt.values import LATEST
from andon_sdk.connector import Quality, Tag

SEQUENCE = 256
CONTROL = ("Node Control/", "Device Control/")
WAITING = 128
METRICS = 100_000
"""At most so many of one edge node: births come from outside."""


@dataclass(slots=True)
class Metric:
    """A metric that a birth named; one that is never a reading has no tag and is not asked for."""

    address: str
    datatype: int
    device: str
    asked: bool
    newest_us: int
    tag: Tag | None
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A message of an edge node, decoded. `device` is empty for the node itself."""

    kind: str
    device: str
    payload: Any
    at_us: int


@dataclass(slots=True)
class EdgeNode:
    """`asks` says of an address whether its readings are wanted and which of them is kept already (microseconds)."""

    group: str
    name: str
    tally: Tally
    asks: Callable[[str], tuple[bool, int]]
    alive: bool = False
    born: bool = False
    """Whether it is alive and nothing of what it said since its birth was lost."""
    birth_sequence: int | None = None
    """bdSeq: ties a death to its birth."""
    expected: int = 0
    metrics: dict[tuple[str, str], Metric] = field(default_factory=dict)
    """By device and name."""
    aliases: dict[int, Metric] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    waiting: dict[int, Message] = field(default_factory=dict)
    waits_since_us: int | None = None
    newest_us: int = 0
    needs_birth: bool = False

    def take(self, message: Message, rows: Rows) -> None:
        """Reads a message, or lets it wait for those before it. Sets `needs_birth` when only a birth will help."""
        if message.kind == "NDEATH":
            self._node_death(message, rows)
        elif not message.payload.HasField("seq") or message.payload.seq >= SEQUENCE:
            self._refuse("message without a sequence number", message)
        elif message.kind == "NBIRTH":
            self._node_birth(message, rows)
        elif not self.born:
            self._refuse("value before a birth", message)
        elif message.payload.seq == self.expected:
            self._count(message, rows)
            while (following := self.waiting.pop(self.expected, None)) is not None:
                self._count(following, rows)
            if not self.waiting:
                self.waits_since_us = None
        else:
            self.waiting[message.payload.seq] = message
            if self.waits_since_us is None:
                self.waits_since_us = message.at_us
            if len(self.waiting) >= WAITING:
                self.give_up()

    def give_up(self) -> None:
        """Those before the waiting ones will not come any more."""
        for message in self.waiting.values():
            self._refuse("value after a lost message", message)
        self.forget()
        self.needs_birth = True

    def forget(self) -> None:
        """Nothing counts until the next birth."""
        self.waiting.clear()
        self.waits_since_us, self.born = None, False

    def _count(self, message: Message, rows: Rows) -> None:
        self.expected = (self.expected + 1) % SEQUENCE
        match message.kind:
            case "DBIRTH":
                self.devices.add(message.device)
                self._birth(message, rows)
            case "DDEATH":
                said_us = self._time(message.payload, message)
                self._die(message.device, said_us if said_us < LATEST else message.at_us, rows)
            case "DDATA" if message.device not in self.devices:
                self._refuse("value before a birth", message)
            case _:
                self._data(message, rows)

    def _node_birth(self, message: Message, rows: Rows) -> None:
        self.forget()
        self.devices.clear()
        self.birth_sequence = _birth_sequence(message.payload)
        self.expected = (message.payload.seq + 1) % SEQUENCE
        self.alive, self.born, self.needs_birth = True, True, False
        self._birth(message, rows)

    def _birth(self, message: Message, rows: Rows) -> None:
        """Names and aliases of the node or a device anew, and the values that the birth tells."""
        known = {key: metric for key, metric in self.metrics.items() if key[0] != message.device}
        self.aliases = {alias: metric for alias, metric in self.aliases.items() if metric.device != message.device}
        for told in message.payload.metrics:
            if not told.name:
                continue
            if len(known) >= METRICS:
                self.tally.add("more metrics than an edge node may have", self.name)
                break
            metric = self._metric(message.device, told)
            known[message.device, told.name] = metric
            if told.HasField("alias"):
                self.aliases[told.alias] = metric
            if metric.tag is None:
                continue
            time_us = self._time(told, message)
            if metric.dead:  # the value may be of before the death; that it holds again is news of the birth
                metric.dead, time_us = False, max(time_us, self._time(message.payload, message))
            if time_us > metric.newest_us:  # a birth tells again what was told before
                self._row(metric, told, time_us, rows)
        self.metrics = known

    def _metric(self, device: str, told: Any) -> Metric:
        before = self.metrics.get((device, told.name))
        if before is not None and before.datatype == told.datatype:
            return before
        address = f"{self.group}/{self.name}/{device}/{told.name}"
        if told.datatype not in metrics.NUMBERS:
            self.tally.add("metric is not a number", f"{self.name} {told.name}")
        if told.datatype not in metrics.NUMBERS or told.name == "bdSeq" or told.name.startswith(CONTROL):
            return Metric(address, told.datatype, device, False, -1, None)
        asked, newest_us = self.asks(address)
        path = tuple(part for part in (self.group, self.name, device, *told.name.split("/")) if part)
        return Metric(
            address, told.datatype, device, asked, newest_us, Tag(address, unit=metrics.unit(told), path=path)
        )

    def _data(self, message: Message, rows: Rows) -> None:
        payload, aliases = message.payload, self.aliases
        for told in payload.metrics:
            metric = aliases.get(told.alias) if told.HasField("alias") else None
            if metric is None:
                metric = self.metrics.get((message.device, told.name))
            if metric is None:
                self.tally.add("metric that no birth named", f"{self.name} {told.name or told.alias}")
                self.needs_birth = True
            elif metric.asked:
                self._row(metric, told, self._time(told, message), rows)

    def _row(self, metric: Metric, told: Any, time_us: int, rows: Rows) -> None:
        if not 0 <= time_us < LATEST:
            self.tally.add("time is not between 1970 and 2200", metric.address)
            return
        if not told.is_historical:
            metric.newest_us = max(metric.newest_us, time_us)
            self.newest_us = max(self.newest_us, time_us)
        if metric.asked:
            rows.add(metric.address, time_us, metrics.value(told, metric.datatype), metrics.quality(told))

    @staticmethod
    def _time(told: Any, message: Message) -> int:
        """Microseconds of a metric or payload; where it says none, those of its payload, else of arrival."""
        said = told.timestamp or message.payload.timestamp
        return said * 1_000 if said else message.at_us

    def _node_death(self, message: Message, rows: Rows) -> None:
        """Its time is the host's, since the broker speaks for the node with a text from before (section 5.4)."""
        if not self.alive:
            self.needs_birth = False  # it is not there to be asked
            return
        if _birth_sequence(message.payload) != self.birth_sequence:
            self.tally.add("death of an earlier birth", self.name)
            return
        for waiting in self.waiting.values():
            self._refuse("value after a lost message", waiting)
        self.forget()
        self.alive = self.needs_birth = False
        for device in ("", *sorted(self.devices)):
            self._die(device, message.at_us, rows)

    def _die(self, device: str, at_us: int, rows: Rows) -> None:
        """All values of the device, or of the node itself, are bad from now on, and later than the last good one."""
        self.devices.discard(device)
        at_us = max(at_us, self.newest_us + 1)
        for (of, _), metric in self.metrics.items():
            if of == device:
                metric.newest_us, metric.dead = at_us, True
                if metric.asked:
                    rows.add(metric.address, at_us, None, Quality.BAD)

    def _refuse(self, reason: str, message: Message) -> None:
        self.tally.add(reason, f"{self.name} {message.device}", max(len(message.payload.metrics), 1))
        self.needs_birth = True


def _birth_sequence(payload: Any) -> int | None:
    return next((told.long_value or told.int_value for told in payload.metrics if told.name == "bdSeq"), None)
