"""Cancellation that holds.

`asyncio.wait_for` of Python 3.11 drops a cancellation that arrives in the moment in which what it waits for is done
(python/cpython#86296), and the client of NATS waits with it in every request. A task that was told to end then goes on,
and who waits for its end waits for ever. That it was told can still be seen on the task.

Our own code waits with `asyncio.timeout`, which has no such gap.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext


@contextmanager
def cancellation_holds() -> Iterator[None]:
    """Raises `CancelledError` at its end if the task was told to end within, and something dropped that."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


class StreamClient(Client):
    """The client of NATS, for tasks that are cancelled."""

    async def request(self, *arguments: Any, **named: Any) -> Msg:
        with cancellation_holds():
            return await super().request(*arguments, **named)

    async def close(self) -> None:
        """Ends although a task that waited for the same socket to close was cancelled: the two share one future, so
        that cancellation arrives here as well and is nobody's wish."""
        task = asyncio.current_task()
        before = task.cancelling() if task is not None else 0
        try:
            await super().close()
        except asyncio.CancelledError:
            if task is not None and task.cancelling() > before:
                raise

    async def _flush_pending(self, force_flush: bool = False) -> Any:
        with cancellation_holds():
            return await super()._flush_pending(force_flush)


async def fetch(subscription: JetStreamContext.PullSubscription, most: int, patience_s: float) -> list[Msg]:
    """At most `most` messages; [] when none came within `patience_s`."""
    with cancellation_holds():
        try:
            return await subscription.fetch(most, timeout=patience_s)
        except TimeoutError:
            return []
