"""Takes away what is over: files that nobody imported, parts of uploads that broke off, results past their time.
Measures what is left, so that storage is known and not guessed."""

import asyncio

import structlog

from services.budgets import api as budgets
from services.bulk import model
from services.bulk.repository import Bulk
from services.bulk.uploads import remove
from services.enclaves.errors import EnclaveMissing
from services.enclaves.platform import Bucket, Platform
from services.kernel.ids import TenantId

log = structlog.get_logger(__name__)
SWEEP_S = 60.0
MEASURE_EVERY = 10
"""Sweeps from one measure to the next: listing a large bucket takes a request for each thousand objects."""
_STAGED = "staged/"
_NEW_S = 1.0


async def sweep(platform: Platform, tenant: TenantId) -> None:
    """Until cancelled. What goes wrong is logged, and made good by the next sweep: transfers go on meanwhile."""
    number = 0
    while True:
        try:
            await clear(platform, tenant)
            if number % MEASURE_EVERY == 0:
                await measure(platform, tenant)
            number += 1
        except EnclaveMissing:  # a new tenant's: made within seconds
            await asyncio.sleep(_NEW_S)
            continue
        except Exception:
            log.exception("sweep fell")
        await asyncio.sleep(SWEEP_S)


async def clear(platform: Platform, tenant: TenantId) -> None:
    """Objects go before the rows that tell of them, so nothing is left that nobody knows of; no transaction is open
    while they go. Whatever is over stays so, and two sweeps at once do the same twice."""
    now, bucket = platform.clock(), await platform.objects.bucket(tenant)
    async with platform.database.unit(tenant) as uow:
        store = Bulk(uow)
        uploads, transfers = await store.expired_uploads(now), await store.results_over(now)
    for upload_id in uploads:
        await remove(bucket, model.staged_prefix(upload_id))
    for transfer_id in transfers:
        await remove(bucket, model.result_prefix(transfer_id))
    async with platform.database.unit(tenant) as uow:
        store = Bulk(uow)
        await store.forget_uploads(uploads)
        await store.forget_results(transfers)
        await store.forget_old(now - model.JOB_FOR)
        await uow.commit()


async def measure(platform: Platform, tenant: TenantId) -> None:
    """Adds up the tenant's bucket, but for staged files, which are counted as they come, and its members' files in
    workbenches."""
    size, objects = await asyncio.to_thread(_measured, await platform.objects.bucket(tenant))
    if platform.ground is not None and platform.ground.workbenches is not None:
        size += await platform.ground.workbenches.stored_bytes(tenant)
    async with platform.database.unit(tenant) as uow:
        await budgets.note_storage(uow, size, objects)
        await uow.commit()


def _measured(bucket: Bucket) -> tuple[int, int]:
    size = objects = 0
    for found in bucket.client.list_objects(bucket.name, recursive=True):
        if not str(found.object_name).startswith(_STAGED):
            size, objects = size + (found.size or 0), objects + 1
    return size, objects
