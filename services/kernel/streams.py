"""The client of NATS as we need it: for tasks that are cancelled, and for a server that takes new accounts up."""

import asyncio
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.js import JetStreamContext

from services.kernel.cancel import cancellation_holds

_RETRY_S = 0.05
_TRIES = 60


class StreamClient(Client):
    """A server that reads its accounts again, because a tenant was made, knows nobody behind `$JS.API` for a moment
    (0.12 s seen with 80 accounts), in every account. A request that found nobody had no effect, so it is sent again."""

    async def request(self, subject: str, *arguments: Any, **named: Any) -> Msg:
        """Raises `NoRespondersError` where nobody is behind JetStream's API for 3 s, or behind another subject at all;
        otherwise what the client raises. The time allowed holds for each try."""
        left = _TRIES if subject.startswith("$JS.API.") else 0
        while True:
            try:
                with cancellation_holds():
                    return await super().request(subject, *arguments, **named)
            except NoRespondersError:
                if not left:
                    raise
            left -= 1
            await asyncio.sleep(_RETRY_S)

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
