"""A Sparkplug B edge node for tests: a peer of its own, whose bytes are written by hand from the specification.

It is born, obeys a request for rebirth, speaks in sequence, and dies by its will when its connection is cut.
"""

import asyncio
import json
import struct
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiomqtt

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN, STRING = range(1, 13)


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def block(place: int, content: bytes) -> bytes:
    return varint(place << 3 | 2) + varint(len(content)) + content


def whole(place: int, number: int) -> bytes:
    return varint(place << 3) + varint(number)


def of_type(datatype: int, value: Any) -> bytes:
    """The oneof `value` of a metric: signed integers in two's complement of 32 or 64 bits."""
    if datatype in (INT64, UINT64):
        return whole(11, value)
    if datatype == FLOAT:
        return varint(12 << 3 | 5) + struct.pack("<f", value)
    if datatype == DOUBLE:
        return varint(13 << 3 | 1) + struct.pack("<d", value)
    if datatype == BOOLEAN:
        return whole(14, int(value))
    if datatype == STRING:
        return block(15, value.encode())
    return whole(10, value & 0xFFFF_FFFF)


@dataclass
class Metric:
    """What a metric says; `alias` and `name` are left out where they are None."""

    name: str | None
    datatype: int
    value: Any
    alias: int | None = None
    at_ms: int | None = None
    historical: bool = False
    quality: int | None = None
    unit: str | None = None

    def encoded(self, *, typed: bool = True) -> bytes:
        out = b"" if self.name is None else block(1, self.name.encode())
        out += b"" if self.alias is None else whole(2, self.alias)
        out += b"" if self.at_ms is None else whole(3, self.at_ms)
        out += whole(4, self.datatype) if typed else b""
        out += whole(5, 1) if self.historical else b""
        out += self._properties()
        return out + (whole(7, 1) if self.value is None else of_type(self.datatype, self.value))

    def _properties(self) -> bytes:
        keys = values = b""
        if self.quality is not None:
            keys, values = keys + block(1, b"Quality"), values + block(2, whole(1, INT32) + whole(3, self.quality))
        if self.unit is not None:
            keys, values = (
                keys + block(1, b"engUnit"),
                values + block(2, whole(1, STRING) + block(8, self.unit.encode())),
            )
        return block(9, keys + values) if keys else b""


def payload(metrics: Iterable[Metric], at_ms: int, seq: int | None, *, typed: bool = True) -> bytes:
    body = b"".join(block(2, metric.encoded(typed=typed)) for metric in metrics)
    return whole(1, at_ms) + body + (b"" if seq is None else whole(3, seq))


def now_ms() -> int:
    return int(time.time() * 1000)


@dataclass
class SparkplugNode:
    """`metrics` of the node itself are under the device ``; each metric gets an alias by its place."""

    port: int
    name: str
    metrics: Mapping[str, Mapping[str, Metric]]
    group: str = "G"
    death_sequence: int = 0
    births: int = 0
    host_says: list[dict[str, Any]] = field(default_factory=list)
    host_id: str = "andon"
    _sequence: int = 0

    async def __aenter__(self) -> "SparkplugNode":
        will = aiomqtt.Will(self._topic("NDEATH"), payload([self._death_metric], now_ms(), None), qos=1)
        self._client = aiomqtt.Client("127.0.0.1", self.port, identifier=f"node-{self.name}", will=will)
        await self._client.__aenter__()
        await self._client.subscribe([(self._topic("NCMD"), 1), (f"spBv1.0/STATE/{self.host_id}", 1)])
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: Any) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self._client.__aexit__(None, None, None)

    async def cut(self) -> None:
        """Ends the connection without a word, so that the broker speaks the will."""
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        self._client._client._sock.close()

    @property
    def _death_metric(self) -> Metric:
        return Metric("bdSeq", UINT64, self.death_sequence)

    async def _listen(self) -> None:
        async for message in self._client.messages:
            if "/STATE/" in str(message.topic):
                self.host_says.append(json.loads(bytes(message.payload)))
            elif b"Node Control/Rebirth" in bytes(message.payload):
                await self.birth()

    async def birth(self) -> None:
        """NBIRTH and the DBIRTHs of all devices."""
        self.births += 1
        self._sequence = 0
        own = [self._death_metric, Metric("Node Control/Rebirth", BOOLEAN, False), *self._named("")]
        await self._say("NBIRTH", "", own)
        for device in self.metrics:
            if device:
                await self._say("DBIRTH", device, self._named(device))

    def alias(self, device: str, name: str) -> int:
        return [(d, n) for d, names in self.metrics.items() for n in names].index((device, name)) + 1

    def _named(self, device: str) -> list[Metric]:
        return [
            Metric(
                name,
                one.datatype,
                one.value,
                self.alias(device, name),
                one.at_ms,
                one.historical,
                one.quality,
                one.unit,
            )
            for name, one in self.metrics.get(device, {}).items()
        ]

    async def data(self, values: Mapping[str, Any], device: str = "", at_ms: int | None = None, **more: Any) -> None:
        """By alias alone, as nodes do to save bytes."""
        told = [
            Metric(None, self.metrics[device][name].datatype, value, self.alias(device, name), at_ms, **more)
            for name, value in values.items()
        ]
        await self._say("DDATA" if device else "NDATA", device, told, typed=False)

    async def death(self, device: str, at_ms: int) -> None:
        await self._say("DDEATH", device, [], at_ms=at_ms)

    def skip(self) -> int:
        """A sequence number that is used for nothing, as by a message that got lost."""
        self._sequence = (self._sequence + 1) % 256
        return (self._sequence - 1) % 256

    async def say_late(self, sequence: int, values: Mapping[str, Any], at_ms: int) -> None:
        """What was skipped, after all."""
        told = [Metric(name, self.metrics[""][name].datatype, value, None, at_ms) for name, value in values.items()]
        await self._client.publish(self._topic("NDATA"), payload(told, at_ms, sequence))

    async def _say(
        self, kind: str, device: str, told: list[Metric], *, typed: bool = True, at_ms: int | None = None
    ) -> None:
        await self._client.publish(
            self._topic(kind, device), payload(told, at_ms or now_ms(), self.skip(), typed=typed)
        )

    def _topic(self, kind: str, device: str = "") -> str:
        return f"spBv1.0/{self.group}/{kind}/{self.name}" + (f"/{device}" if device else "")
