"""What a worker holds of a transfer: its own until it is over, somebody cancels it, or it was silent for too long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any, TypeVar
from uuid import UUID

import orjson

from services.bulk import model
from services.bulk.contracts import JobState
from services.bulk.repository import Bulk
from services.bulk.tables import TransferRow
from services.enclaves.platform import Bucket, Platform
from services.kernel import subjects
from services.kernel.errors import Unavailable
from services.kernel.ids import TenantId
from services.kernel.uow import UnitOfWork

T = TypeVar("T")
BEAT_S = 2.0
SILENT = timedelta(seconds=8)
"""A worker that was not heard of for so long is dead: another takes the transfer."""
_WAITS_S = (0.5, 1, 2, 5, 10)


class Lost(Exception):
    """The transfer is another worker's now, or over."""


class Stopped(Exception):
    """Somebody cancelled it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A transaction of the worker that has the transfer, committed at its end."""

    uow: UnitOfWork
    store: Bulk
    row: TransferRow


@dataclass(slots=True)
class Hold:
    """A transfer in hand."""

    tenant: TenantId
    id: UUID
    attempt: int
    tries: int
    spec: dict[str, Any]
    upload_id: UUID
    quarantined: int

    @asynccontextmanager
    async def step(self, platform: Platform) -> AsyncIterator[Step]:
        """Raises `Lost`, and `Stopped` at the end of a step after which the transfer is to stop."""
        async with platform.database.unit(self.tenant) as uow:
            store = Bulk(uow)
            row = await store.get(self.id, lock=True)
            if row is None or row.attempt != self.attempt or row.ended_at is not None:
                raise Lost
            row.heartbeat_at = platform.clock()
            yield Step(uow, store, row)
            stopping = row.state == JobState.CANCELLING.value
            await uow.session.flush()
            await uow.commit()
        await tell(platform, self.tenant, self.id)
        if stopping:
            raise Stopped

    async def put(self, bucket: Bucket, number: int, content: bytes) -> None:
        """Keeps what a piece gives, under its number."""
        name = model.part(model.result_prefix(self.id), number)
        await asyncio.to_thread(bucket.client.put_object, bucket.name, name, BytesIO(content), len(content))

    async def patiently(self, work: Callable[[], Awaitable[T]], platform: Platform) -> T:
        """Does it again for as long as a part that is needed is away, or is full. Raises `Stopped`, `Lost`."""
        number = 0
        while True:
            try:
                return await work()
            except Unavailable as error:
                wait = max(float(str(error.facts.get("retry_after", 0))), _WAITS_S[min(number, len(_WAITS_S) - 1)])
                number += 1
            async with self.step(platform):
                pass
            await asyncio.sleep(wait)


async def tell(platform: Platform, tenant: TenantId, job_id: UUID) -> None:
    """Says to whoever is watching that the job's row changed; call it after the commit."""
    connection = await platform.streams.connection(tenant)
    await connection.publish(subjects.job_changed(job_id), orjson.dumps({"job_id": str(job_id)}))
