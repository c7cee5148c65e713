"""The client of NATS as we need it: for tasks that are cancelled, for a server that takes new accounts up, for
passwords that change while it is connected, and for messages that were under way when the connection broke."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import AuthorizationError, NoRespondersError
from nats.js import JetStreamContext
from nats.protocol.parser import AUTHORIZATION_VIOLATION

from services.kernel.cancel import cancellation_holds

_MESSAGE_ID, _BATCH_ID = "Nats-Msg-Id", "Nats-Batch-Id"
_RETRY_S = 0.05
_TRIES = 60


class StreamClient(Client):
    """A server that reads its accounts again, because a tenant was made, knows nobody behind `$JS.API` for a moment
    (0.12 s seen with 80 accounts), in every account. A request that found nobody had no effect, so it is sent again."""

    renew: Callable[[], Awaitable[bool]] | None = None
    """Puts the present login into `options`, and says whether it is another than before. With it the client comes back
    by itself after its password has changed; messages wait meanwhile. Without, it is closed, as the server wishes."""

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

    def __init__(self) -> None:
        super().__init__()
        self._unanswered: dict[str, tuple[str, bytes, str, dict[str, Any]]] = {}

    async def publish(
        self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, Any] | None = None
    ) -> None:
        """A message with an id, whose acknowledgement is waited for, is sent again when the connection broke meanwhile:
        it, or its answer, may be lost, and the stream drops it if it is not."""
        token = reply.rpartition(".")[2]
        answer = self._resp_map.get(token) if reply else None
        if answer is not None and headers and _MESSAGE_ID in headers and _BATCH_ID not in headers:
            self._unanswered[token] = (subject, payload, reply, headers)
            answer.add_done_callback(lambda _: self._unanswered.pop(token, None))
        await super().publish(subject, payload, reply, headers)

    async def _attempt_reconnect(self) -> None:
        await super()._attempt_reconnect()
        if self.is_connected:
            for message in list(self._unanswered.values()):
                await super().publish(*message)

    def log_in_with(self, proof: Mapping[str, Any]) -> None:
        """From the next connection on; `proof` as for `connect`, and of the same kind as there."""
        self.options.update({key: value for key, value in proof.items() if key in self.options})
        self._user_jwt_cb = proof.get("user_jwt_cb")
        self._signature_cb = proof.get("signature_cb")

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

    async def _process_err(self, err_msg: str) -> None:
        turned_away = AUTHORIZATION_VIOLATION in err_msg and self.is_connected
        if turned_away and self.renew is not None and await self.renew():
            await self._process_op_err(AuthorizationError())
        else:
            await super()._process_err(err_msg)

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
