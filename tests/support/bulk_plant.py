"""A small plant with a historian, and ways to stage a file, to import it and to look at what became of it."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import polars as pl
import pyarrow as pa

from andon_sdk.plugin import Contract, Signal
from services.assets.contracts import ContractVersion
from services.bulk import api, worker
from services.bulk.contracts import ExportJob, FileFormat, ImportJob, StagedUpload, StartExport, StartImport
from services.bulk.uploads import read
from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.rights import Principal
from services.readings import api as readings
from services.readings.history import tables

PUMPS = Contract(
    "pumps",
    "Pumps",
    (Signal("temperature", "T", "degC", -20.0, 150.0), Signal("pressure", "P", "bar", 0.0, 10.0)),
    1.0,
)
START = datetime(2026, 3, 1, tzinfo=UTC)


def csv(rows: int, *, first: int = 0, asset: str = "p0", bad: tuple[int, ...] = ()) -> bytes:
    """`rows` lines a second apart from `first` on; those of `bad` are too hot."""
    lines = ["asset,time,temperature,pressure"]
    for row in range(first, first + rows):
        value = 999 if row in bad else 20 + row % 50
        lines.append(f"{asset},{(START + timedelta(seconds=row)).isoformat()},{value},1.5")
    return "\n".join([*lines, ""]).encode()


def table(rows: int, *, first: int = 0, asset: str = "p1") -> pa.Table:
    times = [START + timedelta(seconds=row) for row in range(first, first + rows)]
    return pa.table(
        {
            "asset": pa.array([asset] * rows),
            "time": pa.array(times, pa.timestamp("us", "UTC")),
            "temperature": pa.array([20.0 + row % 50 for row in range(rows)]),
            "pressure": pa.array([1.5] * rows),
        }
    )


async def in_pieces(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@dataclass(frozen=True)
class Plant:
    platform: Platform
    principal: Principal
    contract: ContractVersion
    assets: dict[str, UUID] = field(default_factory=dict)

    async def announce(self) -> StagedUpload:
        async with self.platform.database.unit(self.principal.tenant) as uow:
            made = await api.stage_upload(uow, self.principal)
            await uow.commit()
        return made

    async def stage(self, content: bytes) -> StagedUpload:
        made = await self.announce()
        return await api.receive(self.platform, self.principal.tenant, made.id, in_pieces(content))

    async def begin(self, content: bytes, form: FileFormat = FileFormat.CSV, **options: object) -> ImportJob:
        upload = await self.stage(content)
        command = StartImport(upload.id, "pumps", form, **options)  # type: ignore[arg-type]
        async with self.platform.database.unit(self.principal.tenant) as uow:
            job = await api.start_import(uow, self.principal, command)
            await uow.commit()
        return job

    async def bring(self, content: bytes, form: FileFormat = FileFormat.CSV, **options: object) -> ImportJob:
        """The import when it is over."""
        job = await self.begin(content, form, **options)
        await self.work()
        found = await self.job(job.id)
        assert isinstance(found, ImportJob)
        return found

    async def export(self, **asked: object) -> ExportJob:
        async with self.platform.database.unit(self.principal.tenant) as uow:
            job = await api.start_export(uow, self.principal, StartExport(**asked))  # type: ignore[arg-type]
            await uow.commit()
        await self.work()
        found = await self.job(job.id)
        assert isinstance(found, ExportJob)
        return found

    async def work(self) -> None:
        """Everything that is due now."""
        while (hold := await worker.claim(self.platform, self.principal.tenant)) is not None:
            await worker.do(self.platform, hold)

    async def job(self, job_id: UUID) -> ImportJob | ExportJob:
        async with self.platform.database.unit(self.principal.tenant) as uow:
            return (await api.get_transfers(uow, self.principal, [job_id]))[0]

    async def file(self, job_id: UUID) -> bytes:
        async with self.platform.database.unit(self.principal.tenant) as uow:
            found = await api.download(uow, self.principal, job_id)
        bucket = await self.platform.objects.bucket(self.principal.tenant)
        parts = await asyncio.to_thread(lambda: [b"".join(read(bucket, name, 0, size)) for name, size in found.parts])
        assert sum(map(len, parts)) == found.bytes
        return b"".join(parts)

    async def results(self, job_id: UUID) -> list[str]:
        """The lines of a file of results, behind the header."""
        lines = gzip.decompress(await self.file(job_id)).decode().splitlines()
        assert lines[0] == '"row","outcome","code","message","signal"'
        return lines[1:]

    async def objects(self, prefix: str) -> int:
        bucket = await self.platform.objects.bucket(self.principal.tenant)
        return await asyncio.to_thread(
            lambda: len(list(bucket.client.list_objects(bucket.name, prefix, recursive=True)))
        )

    async def history(self, asset: str) -> pl.DataFrame:
        """Every stored row of the asset, once the historian has caught up."""
        await readings.settled(self.platform, self.principal.tenant, self.contract.id)
        bucket = await self.platform.objects.bucket(self.principal.tenant)
        frame = tables.scan(bucket, subjects.history_table(self.contract.id))
        assert frame is not None
        mine = frame.filter(pl.col("asset") == str(self.assets[asset])).sort("time")
        return await asyncio.to_thread(mine.collect)

    async def stream_messages(self) -> int:
        jetstream = await self.platform.streams.jetstream(self.principal.tenant)
        return (await jetstream.stream_info(subjects.READINGS_STREAM)).state.messages
