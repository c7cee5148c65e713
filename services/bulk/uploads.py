"""Staged files: an address that is good once, and parts in the tenant's bucket.

A file is kept as objects of eight megabytes, each whole before the next is begun. So a gateway holds one of them at a
time, what breaks off leaves nothing but objects under one prefix, and any S3 will do.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from services.budgets import api as budgets
from services.bulk import model
from services.bulk.contracts import StagedUpload, UploadState
from services.bulk.errors import FileEmpty, FileTooLarge, UploadNotFound, UploadUsed
from services.bulk.repository import Bulk
from services.bulk.tables import UploadRow
from services.enclaves.platform import Bucket, Platform
from services.kernel.ids import TenantId

_PIECE = 1024 * 1024


async def receive(platform: Platform, tenant: TenantId, upload_id: UUID, body: AsyncIterable[bytes]) -> StagedUpload:
    """Takes the file of an upload that was announced; answers it with its size and digest once all of it is kept.

    Raises `UploadNotFound` (also when its time is over), `UploadUsed`, `StorageFull`, `FileTooLarge`, `FileEmpty`. What
    broke off is removed, and may be sent again while the address is good.
    """
    until, room = await _begin(platform, tenant, upload_id)
    bucket, prefix = await platform.objects.bucket(tenant), model.staged_prefix(upload_id)
    try:
        async with asyncio.timeout(model.RECEIVING_FOR.total_seconds()):
            sizes, digest = await _keep(bucket, prefix, body, room)
    except BaseException:
        await asyncio.shield(_give_up(platform, tenant, upload_id, until))
        raise
    async with platform.database.unit(tenant) as uow:
        row = await Bulk(uow).upload(upload_id, lock=True)
        if row is None:
            raise UploadNotFound("The upload is gone; its time was over before its file was here.")
        row.state, row.parts, row.bytes, row.sha256 = UploadState.STAGED.value, sizes, sum(sizes), digest
        row.expires_at = platform.clock() + model.STAGED_FOR
        await uow.session.flush()
        await uow.commit()
    return contract(row)


async def _begin(platform: Platform, tenant: TenantId, upload_id: UUID) -> tuple[datetime, int]:
    """Until when the address is good, and how many bytes may come."""
    now = platform.clock()
    async with platform.database.unit(tenant) as uow:
        row = await Bulk(uow).upload(upload_id, lock=True)
        if row is None or (row.state == UploadState.WAITING.value and row.expires_at < now):
            raise UploadNotFound("There is no such upload, or its time is over. Ask for a new address.")
        if row.state != UploadState.WAITING.value:
            raise UploadUsed("This address was used. Ask for a new one for another file.", state=row.state)
        room = await budgets.storage_room(uow, await Bulk(uow).staged_bytes())
        until, row.expires_at = row.expires_at, now + model.RECEIVING_FOR + model.UPLOAD_GOOD_FOR
        row.state = UploadState.RECEIVING.value
        await uow.session.flush()
        await uow.commit()
    return until, room


async def _keep(bucket: Bucket, prefix: str, body: AsyncIterable[bytes], room: int) -> tuple[list[int], str]:
    """`room`: bytes that the tenant may still store."""
    digest, sizes, most = hashlib.sha256(), list[int](), min(room, model.MAX_FILE_BYTES)
    async for part in _parts(body):
        digest.update(part)
        if sum(sizes) + len(part) > most:
            raise FileTooLarge(
                f"The file is larger than {most} bytes, which is what may be sent. Send less.", most=most
            )
        name = model.part(prefix, len(sizes))
        await asyncio.to_thread(bucket.client.put_object, bucket.name, name, BytesIO(part), len(part))
        sizes.append(len(part))
    if not sizes:
        raise FileEmpty("Nothing was sent. Send the file as the body of the request.")
    return sizes, digest.hexdigest()


async def _parts(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    held = bytearray()
    async for piece in body:
        held += piece
        while len(held) >= model.PART_BYTES:
            yield bytes(held[: model.PART_BYTES])
            del held[: model.PART_BYTES]
    if held:
        yield bytes(held)


async def _give_up(platform: Platform, tenant: TenantId, upload_id: UUID, until: datetime) -> None:
    await remove(await platform.objects.bucket(tenant), model.staged_prefix(upload_id))
    async with platform.database.unit(tenant) as uow:
        row = await Bulk(uow).upload(upload_id, lock=True)
        if row is not None:
            row.state, row.expires_at = UploadState.WAITING.value, until
            await uow.session.flush()
            await uow.commit()


async def remove(bucket: Bucket, prefix: str) -> None:
    """Removes every object under the prefix."""

    def work() -> None:
        for found in bucket.client.list_objects(bucket.name, prefix, recursive=True):
            bucket.client.remove_object(bucket.name, str(found.object_name))

    await asyncio.to_thread(work)


async def fetch(bucket: Bucket, prefix: str, parts: list[int], path: Path) -> None:
    """Writes a staged file to that path, never much of it in memory."""

    def work() -> None:
        with path.open("wb") as file:
            for number, size in enumerate(parts):
                for piece in read(bucket, model.part(prefix, number), 0, size):
                    file.write(piece)

    await asyncio.to_thread(work)


def read(bucket: Bucket, name: str, start: int, length: int) -> Iterator[bytes]:
    """Bytes of an object, in pieces. Blocks."""
    response: Any = bucket.client.get_object(bucket.name, name, offset=start, length=length)
    try:
        yield from response.stream(_PIECE)
    finally:
        response.close()
        response.release_conn()


def contract(row: UploadRow) -> StagedUpload:
    return StagedUpload(row.id, UploadState(row.state), row.bytes, row.sha256, row.expires_at)
