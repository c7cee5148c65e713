"""The cluster's connection to its tenant's stream account."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.js import JetStreamContext

from services.enclaves.box.login import proof
from services.kernel.streams import StreamClient
from services.serving.cluster.settings import ServingSettings

log = logging.getLogger(__name__)

_RETRY_S = 1
_PUBLISH_S = 5.0
_PING_S = 5
_PENDING_BYTES = 64 * 1024 * 1024


@asynccontextmanager
async def connect(settings: ServingSettings, name: str) -> AsyncIterator[JetStreamContext]:
    """A connection that comes back by itself for ever."""
    client = StreamClient()
    await client.connect(
        settings.stream_url,
        **proof(settings.stream_user, settings.stream_password),
        inbox_prefix=settings.inbox_prefix.encode(),
        name=name,
        error_cb=_report,
        max_reconnect_attempts=-1,
        reconnect_time_wait=_RETRY_S,
        ping_interval=_PING_S,
        max_outstanding_pings=2,
        pending_size=_PENDING_BYTES,
    )
    try:
        yield client.jetstream(timeout=_PUBLISH_S)
    finally:
        await client.close()


async def _report(error: Exception) -> None:
    log.warning("stream connection: %r", error)
