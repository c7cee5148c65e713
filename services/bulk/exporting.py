"""An export at work: rows are read and written a piece at a time, from the beginning whenever a worker takes it up,
since rows may have come meanwhile. Nothing may be downloaded before the whole of it is there."""

import asyncio
import gzip
import hashlib
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from services.assets import api as assets
from services.budgets import api as budgets
from services.bulk import model, uploads
from services.bulk.contracts import ExportFormat, ExportOf
from services.bulk.repository import Bulk
from services.bulk.steps import Hold
from services.enclaves.platform import Bucket, Platform
from services.kernel.rights import Principal, system_principal
from services.readings import api as readings
from services.readings.api import RangeQuery

_PIECE_ROWS = 200_000
_PIECE_CELLS = 6_000_000
_LISTS = {"missing", "top", "share"}
"""Columns of scores that hold lists, which CSV has none of."""


async def run(platform: Platform, hold: Hold) -> None:
    """Writes the export's file. Raises what `readings.range_pieces` does, `StorageFull`, and `Lost` or `Stopped`."""
    bucket = await platform.objects.bucket(hold.tenant)
    principal = system_principal(hold.tenant)
    command = model.export_command(hold.spec)
    await uploads.remove(bucket, model.result_prefix(hold.id))
    async with hold.step(platform) as step:
        await step.store.forget_pieces([hold.id])
        step.row.rows, step.row.bytes, step.row.progress = 0, None, 0.0
        room = await budgets.storage_room(step.uow, await step.store.staged_bytes())
        agreed = await assets.contract_by_key(step.uow, principal, command.contract)
    signals = len(agreed.contract.keys)
    query = RangeQuery(
        contract=command.contract,
        scores=command.of is ExportOf.SCORES,
        start=command.start,
        end=command.end,
        asset_ids=command.asset_ids or None,
        most=max(1, min(_PIECE_ROWS, _PIECE_CELLS // (signals + 2))),
    )
    out = _Out(platform, hold, bucket, room)
    schema = readings.schema_of(agreed, scores=query.scores)
    if command.format is ExportFormat.PARQUET:
        await _parquet(platform, principal, query, out, schema)
    else:
        await _csv(platform, principal, query, out)
    await out.close()


class _Out:
    """The parts of the file, in order."""

    def __init__(self, platform: Platform, hold: Hold, bucket: Bucket, room: int) -> None:
        self._platform = platform
        self._hold = hold
        self._bucket = bucket
        self._room = room
        self._digest = hashlib.sha256()
        self._sizes: list[int] = []

    def require_room(self, size: int) -> None:
        """Raises `StorageFull` when the file would be larger than what the tenant may still store."""
        if size > self._room:
            raise budgets.storage_is_full(self._room, size)

    async def part(self, content: bytes) -> None:
        self.require_room(sum(self._sizes) + len(content))
        await self._hold.put(self._bucket, len(self._sizes), content)
        self._digest.update(content)
        self._sizes.append(len(content))

    async def note(self, rows: int, progress: float) -> None:
        async with self._hold.step(self._platform) as step:
            step.row.tries = 0
            step.row.rows += rows
            step.row.progress = max(step.row.progress, min(progress, 0.99))

    async def close(self) -> None:
        async with self._hold.step(self._platform) as step:
            store: Bulk = step.store
            for number, size in enumerate(self._sizes):
                await store.add_piece(self._hold.id, number, 0, size)
            step.row.bytes, step.row.sha256 = sum(self._sizes), self._digest.hexdigest()


async def _csv(platform: Platform, principal: Principal, query: RangeQuery, out: _Out) -> None:
    first = True
    async for piece in readings.range_pieces(platform, principal, query):
        sink = BytesIO()
        with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=6, mtime=0) as packed:
            pacsv.write_csv(_flat(piece.rows), packed, pacsv.WriteOptions(include_header=first))
        await out.part(sink.getvalue())
        await out.note(piece.rows.num_rows, piece.share)
        first = False


async def _parquet(platform: Platform, principal: Principal, query: RangeQuery, out: _Out, schema: pa.Schema) -> None:
    with tempfile.TemporaryDirectory(prefix="andon-export-") as folder:
        path = Path(folder, "file")
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            async for piece in readings.range_pieces(platform, principal, query):
                out.require_room(await asyncio.to_thread(_write, writer, piece.rows.cast(schema), path))
                await out.note(piece.rows.num_rows, piece.share * 0.9)
        for start in range(0, await asyncio.to_thread(lambda: path.stat().st_size), model.PART_BYTES):
            await out.part(await asyncio.to_thread(_read, path, start))


def _write(writer: pq.ParquetWriter, rows: pa.Table, path: Path) -> int:
    """Bytes of the file so far."""
    writer.write_table(rows)
    return path.stat().st_size


def _read(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(model.PART_BYTES)


def _flat(rows: pa.Table) -> pa.Table:
    """Lists as texts with a blank between, times as ISO 8601."""
    columns: dict[str, Any] = {}
    for name in rows.column_names:
        column = rows[name]
        if name in _LISTS and pa.types.is_list(column.type):
            column = pa.array([_text(values) for values in column.to_pylist()], pa.utf8())
        columns[name] = column
    return pa.table(columns)


def _text(values: list[Any] | None) -> str | None:
    return None if values is None else " ".join(str(each) for each in values if each is not None)
