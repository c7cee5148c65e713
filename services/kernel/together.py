"""Publishing several messages to one stream with one wait for the disk.

A stream that syncs every message before it acknowledges it takes so many messages a second as the disk takes syncs.
An atomic batch (ADR-50 of NATS, server 2.12 and newer) is synced once. It is refused as a whole when one of its
messages is on the stream already, or when one does not fit; then the messages go one by one, as they would have.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from nats.errors import Error as StreamError
from nats.js import JetStreamContext
from nats.js.errors import APIError

MOST = 1_000
"""Messages of one batch, which is the server's own limit."""
_ID, _PLACE, _COMMIT = "Nats-Batch-Id", "Nats-Batch-Sequence", "Nats-Batch-Commit"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be published."""

    subject: str
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Failed = list[tuple[Outgoing, StreamError | TimeoutError]]


async def publish_together(js: JetStreamContext, messages: Sequence[Outgoing]) -> Failed:
    """Returns those that are not known to be on disk, with the reasons; publishing those again is right.

    The stream must have been made with `allow_atomic`. Messages should carry a `Nats-Msg-Id`, or a second try doubles.
    """
    failed: Failed = []
    for start in range(0, len(messages), MOST):
        batch = messages[start : start + MOST]
        if len(batch) == 1 or not await _atomic(js, batch):
            failed += await _singly(js, batch)
    return failed


async def _atomic(js: JetStreamContext, batch: Sequence[Outgoing]) -> bool:
    """Whether the stream took them all. Nothing of a batch that it did not take is on the stream, unless only its
    answer was lost: then every message is found there in the next try."""
    nc = js._nc  # pyright: ignore[reportPrivateUsage]
    mark = uuid4().hex
    try:
        for place, message in enumerate(batch[:-1], 1):
            await nc.publish(message.subject, message.data, headers={**message.headers, _ID: mark, _PLACE: str(place)})
        headers = {**batch[-1].headers, _ID: mark, _PLACE: str(len(batch)), _COMMIT: "1"}
        await js.publish(batch[-1].subject, batch[-1].data, headers=headers)
    except (APIError, TimeoutError):
        return False
    return True


async def _singly(js: JetStreamContext, messages: Sequence[Outgoing]) -> Failed:
    results = await asyncio.gather(
        *(js.publish(message.subject, message.data, headers=dict(message.headers) or None) for message in messages),
        return_exceptions=True,
    )
    failed: Failed = []
    for message, result in zip(messages, results, strict=True):
        if isinstance(result, StreamError | TimeoutError):
            failed.append((message, result))
        elif isinstance(result, BaseException):
            raise result
    return failed
