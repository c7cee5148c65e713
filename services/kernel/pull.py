"""Pulling from JetStream with neither polling nor waiting for a block to fill.

`fetch` of the client, asked for more than one message, may hold the first back until its time is over; asked for one,
it costs a round trip a message. `Puller` keeps one long request open and hands over whatever has arrived.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self
from uuid import uuid4

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

HEARTBEAT_S = 2.0
EXPIRES_S = 30.0
PENDING_BYTES = 512 * 1024 * 1024
ASKED_BYTES = 32 * 1024 * 1024
"""The server cuts a connection for which it holds more than 64 MiB."""
UNHEARD_S = 2.5 * HEARTBEAT_S
_RETRY_S = 0.2
_HEARTBEAT, _ABSENT, _NOBODY = "100", "404", "503"


class ConsumerLost(Exception):
    """The consumer is gone; make it again from the position you know."""


class Puller:
    """Messages of one consumer, in order.

    async with Puller.of(js, "READINGS", config) as puller:
        messages = await puller.next(patience=5)
    """

    def __init__(self, js: JetStreamContext, stream: str, consumer: str, inbox: str, batch: int) -> None:
        self._nc = js._nc  # pyright: ignore[reportPrivateUsage]
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = inbox
        self._batch = batch
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._due = 0

    @classmethod
    @asynccontextmanager
    async def of(
        cls, js: JetStreamContext, stream: str, consumer: ConsumerConfig | str, *, batch: int = 64
    ) -> AsyncIterator[Self]:
        """Pulls from the consumer of that name, or makes the one described unless it is there.

        An ephemeral one is left to its `inactive_threshold`."""
        nc = js._nc  # pyright: ignore[reportPrivateUsage]
        if isinstance(consumer, ConsumerConfig):
            name = consumer.durable_name or consumer.name or uuid4().hex
            consumer.name = name
            await js.add_consumer(stream, consumer)
        else:
            name = consumer
        puller = cls(js, stream, name, nc.new_inbox(), batch)
        subscription = await nc.subscribe(
            puller._inbox, cb=puller._take, pending_msgs_limit=-1, pending_bytes_limit=PENDING_BYTES
        )
        try:
            yield puller
        finally:
            if nc.is_connected:
                await subscription.unsubscribe()

    async def next(self, patience: float | None = None) -> list[Msg]:
        """Waits for a message and returns all that are here; [] after `patience` seconds. Raises `ConsumerLost`."""
        loop = asyncio.get_running_loop()
        deadline = math.inf if patience is None else loop.time() + patience
        while (left := deadline - loop.time()) > 0 or not self._arrived.empty():
            if self._due <= 0:
                await self._ask()
            try:
                async with asyncio.timeout(min(max(left, 0.0), UNHEARD_S)):
                    arrived = [await self._arrived.get()]
            except TimeoutError:
                if left >= UNHEARD_S:  # not even a heartbeat: a server that was restarted knows of no request
                    self._due = 0
                continue
            while not self._arrived.empty():
                arrived.append(self._arrived.get_nowait())
            if messages := await self._sort(arrived):
                return messages
        return []

    async def _take(self, message: Msg) -> None:
        self._arrived.put_nowait(message)

    async def _ask(self) -> None:
        request = {
            "batch": self._batch,
            "max_bytes": ASKED_BYTES,
            "expires": int(EXPIRES_S * 1e9),
            "idle_heartbeat": int(HEARTBEAT_S * 1e9),
        }
        await self._nc.publish(self._subject, json.dumps(request).encode(), self._inbox)
        self._due = self._batch

    async def _sort(self, arrived: list[Msg]) -> list[Msg]:
        messages = list[Msg]()
        for message in arrived:
            headers = message.headers or {}
            status = None if message.data else headers.get("Status")
            if status is None:
                messages.append(message)
                self._due -= 1
            elif status != _HEARTBEAT:
                self._due = 0
                await self._ended(status, headers.get("Description", ""), bool(messages))
        return messages

    async def _ended(self, status: str, description: str, have: bool) -> None:
        if status == _NOBODY:
            await asyncio.sleep(_RETRY_S)
        elif not have and (status == _ABSENT or "Consumer Deleted" in description):
            raise ConsumerLost(f"{self._subject}: {status} {description}")
