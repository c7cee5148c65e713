"""What is told in tenants' stream accounts as it happens, to any number of readers of this process.

A subject has one subscription, however many read it, and a message is decoded once: an asset's page needs a few rows of
a message that holds those of thousands of assets, and many pages are open. Nothing is kept for a reader who is away or
slow, since whoever needs every row reads the history.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cached_property

import pyarrow as pa
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from services.kernel import wire
from services.kernel.ids import TenantId

IN_HAND = 256
"""Messages that wait for a reader; then the oldest is dropped."""


class News:
    """A message; all readers have the same one."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def batch(self) -> pa.RecordBatch:
        return wire.decode(self.data)


class _Subject:
    """The readers of one subject, and the subscription they share."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.readers: set[asyncio.Queue[News]] = set()
        self.client: Client | None = None
        self.subscription: Subscription | None = None

    async def hear(self, message: Msg) -> None:
        news = News(message.data)
        for reader in self.readers:
            if reader.full():
                reader.get_nowait()
            reader.put_nowait(news)


class Newsroom:
    """Use it inside one event loop."""

    def __init__(self, connection: Callable[[TenantId], Awaitable[Client]]) -> None:
        """`connection` to a tenant's account should serve nothing else: the server cuts one that takes too long to read
        what is told, and with it whatever else goes over it."""
        self._connection = connection
        self._subjects: defaultdict[tuple[TenantId, str], _Subject] = defaultdict(_Subject)

    @asynccontextmanager
    async def reader(self, tenant: TenantId, subject: str) -> AsyncIterator[asyncio.Queue[News]]:
        """News from now on, until it is left. Raises what `connection` raises."""
        key = tenant, subject
        here = self._subjects[key]
        queue: asyncio.Queue[News] = asyncio.Queue(IN_HAND)
        async with here.turn:
            client = await self._connection(tenant)
            if here.client is not client:
                here.client, here.subscription = client, await client.subscribe(subject, cb=here.hear)
            here.readers.add(queue)
        try:
            yield queue
        finally:
            here.readers.discard(queue)
            async with here.turn:
                if not here.readers and here.client is not None and here.subscription is not None:
                    client, subscription = here.client, here.subscription
                    here.client = here.subscription = None
                    if not client.is_closed:
                        await subscription.unsubscribe()
            if not here.readers and self._subjects.get(key) is here:
                del self._subjects[key]  # who waits for its turn goes on with a subscription of its own
