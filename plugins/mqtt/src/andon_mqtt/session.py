"""A session with a broker, over paho: messages are acknowledged when the caller says so, and never before.

aiomqtt acknowledges a message before it is handed out, so that a crash loses what was not yet on disk, and reads one
message a turn of the event loop. Here paho's own thread reads, asyncio takes whole batches, and an acknowledgement
(QoS 1) is sent by `acknowledge` alone. What waits in memory is bounded: by the broker, which is told how many messages
may be unacknowledged (MQTT 5, receive maximum) and how long one may be (maximum packet size), and by
`max_waiting_bytes` here.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from time import time
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from andon_mqtt.broker import BrokerSettings
from andon_mqtt.tally import Tally
from andon_sdk.connector import SettingsRefused, SourceUnavailable

REFUSED_FOR_GOOD = {
    "Bad user name or password",
    "Client identifier not valid",
    "Not authorized",
    "Unsupported protocol version",
    "Banned",
    "Bad authentication method",
}
CLOSED = "it was closed here"
MOST = 1_000
"""Messages read in one go, so that the event loop is not held for long."""
NO_TOPIC = "andon/heard"
"""Nobody subscribes to it, so that nothing happens when it is unsubscribed."""
HEARD_S = 2.0
OLD_WINDOW = 20
"""Unacknowledged messages that MQTT 3.1.1 brokers let out at once unless they are told otherwise (Mosquitto: 20)."""
_PROPERTIES_BYTES = 65_536 + 1_024
"""Beside the payload a packet has a topic of at most 64 KiB and its properties."""


class Message(NamedTuple):
    topic: str
    """Empty where there is nothing to read, and the message only waits to be acknowledged."""
    payload: bytes
    qos: int
    mid: int
    retain: bool
    again: bool
    """Whether the broker says that it sent this message before."""
    at: float
    """When it arrived, seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when we are gone without a word (QoS 1, retained)."""

    topic: str
    payload: bytes


class Session:
    """One connection; after it is lost, a new `Session` is made. All methods are called from one event loop."""

    def __init__(
        self, broker: BrokerSettings, tally: Tally, *, client_id: str, kept_s: int = 0, in_flight: int = 10_000,
        will: Will | None = None,
    ) -> None:  # fmt: skip
        """The broker keeps what was not acknowledged for `kept_s` seconds after the connection ended; 0: nothing."""
        self._broker, self._tally, self._kept_s, self._in_flight = broker, tally, kept_s, in_flight
        self._new = broker.protocol == "5"
        self._window = in_flight if self._new else min(in_flight, OLD_WINDOW)
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Message] = deque()
        self._came_bytes = self._taken_bytes = 0  # each counted by one thread only
        self._came_sure = self._acknowledged = 0
        self._came = asyncio.Event()
        self._lost: str | None = None
        self._connected: asyncio.Future[ReasonCode] = self._loop.create_future()
        self._answers: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self._paho = self._client(client_id, will)

    def _client(self, client_id: str, will: Will | None) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5 if self._new else MQTTProtocolVersion.MQTTv311,
            clean_session=None if self._new else not self._kept_s,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = self._broker.connect_s
        if self._broker.user is not None:
            secret = self._broker.password
            client.username_pw_set(self._broker.user, secret.get_secret_value() if secret else None)
        if (context := self._broker.context()) is not None:
            client.tls_set_context(context)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    # What paho's thread calls.

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any = None) -> None:
        self._loop.call_soon_threadsafe(_answer, self._connected, code)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any = None) -> None:
        self._loop.call_soon_threadsafe(self._end, str(code))

    def _on_subscribe(self, _client: Any, _data: Any, mid: int, codes: list[ReasonCode], _props: Any = None) -> None:
        self._loop.call_soon_threadsafe(self._subscribed, mid, codes)

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        payload, qos = bytes(message.payload), message.qos
        topic = self._topic(message)
        if not topic:
            payload = b""
        if self._waiting_bytes + len(payload) > self._broker.max_waiting_bytes:
            if qos == 0:
                self._tally.add("flooded: QoS 0 message not kept", topic)
            else:  # it is still the broker's, and comes again once there is room
                self._loop.call_soon_threadsafe(self._end, "it sends faster than readings are kept")
                self._paho.disconnect()
            return
        if qos or topic:
            self._came_bytes += len(payload)
            self._came_sure += qos > 0
            self._waiting.append(
                Message(topic, payload, qos, message.mid, bool(message.retain), bool(message.dup), time())
            )
            if len(self._waiting) in (1, MOST) or self._full():
                self._loop.call_soon_threadsafe(self._came.set)

    def _topic(self, message: paho.MQTTMessage) -> str:
        """Empty for what is not to be read."""
        try:
            topic = message.topic
        except UnicodeDecodeError:
            self._tally.add("topic is no UTF-8")
            return ""
        if len(message.payload) > self._broker.max_payload_bytes:
            self._tally.add("payload too long", topic)
            return ""
        return topic

    # What the event loop calls.

    @property
    def _waiting_bytes(self) -> int:
        return self._came_bytes - self._taken_bytes

    def _full(self) -> bool:
        """Whether the broker sends no more before something is acknowledged, or memory is half full."""
        unacknowledged = self._came_sure - self._acknowledged
        return unacknowledged >= self._window or self._waiting_bytes * 2 > self._broker.max_waiting_bytes

    def _end(self, reason: str) -> None:
        self._lost = self._lost or reason
        _answer(self._connected, None)
        for answer in self._answers.values():
            _answer(answer, [])
        self._came.set()

    def _subscribed(self, mid: int, codes: list[ReasonCode]) -> None:
        _answer(self._answers.setdefault(mid, self._loop.create_future()), codes)

    async def connect(self) -> None:
        """Raises `SettingsRefused` when the broker does not want us, `SourceUnavailable` when it cannot be reached."""
        host, port = self._broker.address
        options: dict[str, Any] = {}
        if self._new:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = self._kept_s
            properties.ReceiveMaximum = self._in_flight
            properties.MaximumPacketSize = self._broker.max_payload_bytes + _PROPERTIES_BYTES
            options = {"clean_start": not self._kept_s, "properties": properties}
        try:
            await asyncio.to_thread(self._paho.connect, host, port, self._broker.keepalive_s, **options)
            self._paho.loop_start()
            async with asyncio.timeout(self._broker.connect_s):
                code = await self._connected
        except (OSError, TimeoutError) as error:
            await self.close()
            reason = str(error) or "it does not answer"
            raise SourceUnavailable(f"The broker {host}:{port} cannot be reached: {reason}.") from error
        if code is None:
            await self.close()
            raise SourceUnavailable(f"The broker {host}:{port} ended the connection at once: {self._lost}.")
        if code.is_failure:
            await self.close()
            kind = SettingsRefused if str(code) in REFUSED_FOR_GOOD else SourceUnavailable
            raise kind(f"The broker {host}:{port} refuses us: {code}. Look at client_id, user, password and rights.")

    async def subscribe(self, filters: Iterable[str], qos: int) -> None:
        """Raises `SettingsRefused` when the broker refuses one of them."""
        asked = list(filters)
        # retained messages come with a new subscription only, and not again with each connection
        options = (
            SubscribeOptions(qos=qos, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB) if self._new else qos
        )
        result, mid = self._paho.subscribe([(one, options) for one in asked])  # type: ignore[arg-type]
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            raise SourceUnavailable(f"The broker is gone: {paho.error_string(result)}.")
        answer = self._answers.setdefault(mid, self._loop.create_future())
        try:
            async with asyncio.timeout(self._broker.connect_s):
                codes = await answer
        except TimeoutError as error:
            raise SourceUnavailable("The broker does not answer a subscription.") from error
        finally:
            del self._answers[mid]
        self._raise_if_lost()
        for one, code in zip(asked, codes, strict=True):
            if code.is_failure:
                raise SettingsRefused(f"The broker refuses the topic {one}: {code}. Ask for the right to read it.")

    async def messages(self, patience_s: float | None = None) -> Sequence[Message]:
        """What came, in its order, gathered for `gather_s` from the first on; empty after `patience_s` without any.

        Raises `SourceUnavailable` when the connection is lost and all that came before was handed out.
        """
        try:
            async with asyncio.timeout(patience_s):
                while not self._waiting:
                    self._raise_if_lost()
                    self._came.clear()
                    if not self._waiting:
                        await self._came.wait()
            async with asyncio.timeout(self._broker.gather_s):
                while not (self._full() or self._lost or len(self._waiting) >= MOST):
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            pass  # the time to wait or to gather is over
        taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
        self._taken_bytes += sum(len(message.payload) for message in taken)
        return taken

    async def batches(self, patience_s: float | None = None) -> AsyncIterator[Sequence[Message]]:
        """`messages` again and again, until the session is closed from here."""
        while not self.closed:
            try:
                messages = await self.messages(patience_s)
            except SourceUnavailable:
                if self.closed:
                    return
                raise
            yield messages

    async def for_a_while(self, seconds: float) -> AsyncIterator[Sequence[Message]]:
        """What comes within so many seconds."""
        until = self._loop.time() + seconds
        while (left := until - self._loop.time()) > 0:
            yield await self.messages(left)

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Say that these are kept. On a connection that was lost this says nothing, and the broker sends them again."""
        for message in messages:
            if message.qos:
                self._acknowledged += 1
                if self._lost is None:
                    self._paho.ack(message.mid, message.qos)

    def publish(self, topic: str, payload: bytes, qos: int = 0, *, retain: bool = False) -> paho.MQTTMessageInfo:
        return self._paho.publish(topic, payload, qos, retain)

    async def publish_surely(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish (QoS 1) and wait until the broker has it. Raises `SourceUnavailable`."""
        self._raise_if_lost()
        said = self.publish(topic, payload, 1, retain=retain)
        try:
            await asyncio.to_thread(said.wait_for_publish, self._broker.connect_s)
        except (RuntimeError, ValueError) as error:
            raise SourceUnavailable(f"The broker did not take it: {error}.") from error
        self._raise_if_lost()
        if not said.is_published():
            raise SourceUnavailable("The broker does not acknowledge what was published.")

    async def say_last(self, topic: str, payload: bytes) -> None:
        """Publish (QoS 1, retained) and wait until the broker has it; nothing when the connection is gone already."""
        if self._lost is None and self._paho.is_connected():
            said = self.publish(topic, payload, 1, retain=True)
            await asyncio.to_thread(said.wait_for_publish, self._broker.connect_s)

    def _raise_if_lost(self) -> None:
        if self._lost is not None:
            host, port = self._broker.address
            raise SourceUnavailable(f"The connection to the broker {host}:{port} was lost: {self._lost}.")

    @property
    def closed(self) -> bool:
        """Whether it was ended from here."""
        return self._lost == CLOSED

    async def close(self) -> None:
        """The broker keeps the session for as long as it was asked to. Whoever waits for messages hears of it."""
        open_until_now = self._lost is None and self._paho.is_connected()
        self._end(CLOSED)
        if open_until_now and self._acknowledged:
            await self._heard()
        self._paho.disconnect()
        await asyncio.to_thread(self._paho.loop_stop)

    async def _heard(self) -> None:
        """Waits until the broker has read all that was acknowledged.

        A socket that is closed while messages are still coming is reset, and what the broker had not read by then is
        lost. A broker answers in order, so its answer to any question will do.
        """
        result, mid = self._paho.unsubscribe(NO_TOPIC)
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            return
        try:
            async with asyncio.timeout(HEARD_S):
                await self._answers.setdefault(mid, self._loop.create_future())
        except TimeoutError:
            self._tally.add("the broker may send again what it was told is kept")


def opened(session: Session | None) -> Session:
    if session is None:
        raise SourceUnavailable("The source is not open.")
    return session


def _answer(future: asyncio.Future[Any], value: object) -> None:
    if not future.done():
        future.set_result(value)
