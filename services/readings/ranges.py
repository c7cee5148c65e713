"""Readings or scores of a range, piece by piece in the order of time, for whoever writes them elsewhere: no piece is
much larger than was asked for, however long the range is."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import polars as pl
import pyarrow as pa

from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.enclaves.platform import Bucket, Platform
from services.kernel import subjects, wire
from services.kernel.ids import global_id
from services.kernel.rights import Permission, Principal
from services.readings.history import between, tables
from services.readings.scores import SCORES_SCHEMA, named

_STEP = "1s"
"""Pieces end at whole seconds: what belongs to one second stays together."""


@dataclass(frozen=True, slots=True)
class RangeQuery:
    """Rows with start ≤ time < end, of all assets of the contract or of `asset_ids`."""

    contract: str
    """Its key."""
    scores: bool
    """Instead of readings."""
    start: datetime
    end: datetime
    asset_ids: Collection[UUID] | None = None
    most: int = 200_000
    """Rows of a piece, unless one second has more."""


@dataclass(frozen=True, slots=True)
class RangePiece:
    rows: pa.Table
    """`asset` (key), `time`, and the contract's signals or what `SCORES_SCHEMA` has; by time, then asset."""
    share: float
    """Of the range that is read with it, 0 to 1."""


async def range_pieces(platform: Platform, principal: Principal, query: RangeQuery) -> AsyncIterator[RangePiece]:
    """All rows as they were stored when the first piece was asked for; an empty range gives one piece without rows.

    Raises `ContractNotFound`, `HistoryUnavailable`.
    """
    principal.require(Permission.VIEW)
    async with platform.database.unit(principal.tenant) as uow:
        agreed = await assets.contract_by_key(uow, principal, query.contract)
    bucket = await platform.objects.bucket(principal.tenant)
    keys: dict[str, str] = {}
    reading = await asyncio.to_thread(lambda: _Reading.of(bucket, agreed, query))
    pieces = reading.pieces()
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        await _learn(platform, principal, piece.rows, keys)
        told = _told(piece.rows, agreed, query, keys)
        yield RangePiece(told.sort_by([("time", "ascending"), ("asset", "ascending")]), piece.share)


async def _learn(platform: Platform, principal: Principal, rows: pa.Table, keys: dict[str, str]) -> None:
    """Looks up the keys of assets that are new."""
    ids = rows["asset"].unique().to_pylist()
    if missing := [UUID(one) for one in ids if one not in keys]:
        async with platform.database.unit(principal.tenant) as uow:
            keys |= {str(asset.id): asset.key for asset in await assets.known_assets(uow, principal, missing)}


def _told(rows: pa.Table, agreed: ContractVersion, query: RangeQuery, keys: dict[str, str]) -> pa.Table:
    column = rows["asset"].combine_chunks().dictionary_encode()
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    names = pa.array([keys.get(one, one) for one in column.dictionary.to_pylist()], pa.utf8())
    asset = pa.DictionaryArray.from_arrays(column.indices, names).cast(pa.utf8())
    if not query.scores:
        return rows.set_column(rows.schema.get_field_index("asset"), "asset", asset)
    scores = named(rows, agreed.contract.keys)
    versions = scores["version"].combine_chunks().dictionary_encode()
    ids = pa.array([global_id("ModelVersion", UUID(one)) for one in versions.dictionary.to_pylist()], pa.utf8())
    version = pa.DictionaryArray.from_arrays(versions.indices, ids).cast(pa.utf8())
    place = scores.schema.get_field_index("version")
    return scores.set_column(place, "version", version).add_column(0, "asset", asset)


def schema_of(agreed: ContractVersion, *, scores: bool) -> pa.Schema:
    """Of the pieces."""
    if scores:
        return pa.schema([("asset", pa.utf8()), *SCORES_SCHEMA])
    return pa.schema(
        [("asset", pa.utf8()), ("time", wire.TIME), *((key, pa.float64()) for key in agreed.contract.keys)]
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    frame: pl.LazyFrame | None
    days: list[date]
    schema: pa.Schema
    query: RangeQuery

    @classmethod
    def of(cls, bucket: Bucket, agreed: ContractVersion, query: RangeQuery) -> "_Reading":
        key = (subjects.scores_table if query.scores else subjects.history_table)(agreed.id)
        frame = tables.scan(bucket, key)
        within = (query.start.astimezone(UTC).date(), query.end.astimezone(UTC).date())
        days = [day for day in tables.days(bucket, key) if within[0] <= day <= within[1]]
        schema = wire.SCORE_SCHEMA if query.scores else schema_of(agreed, scores=False)
        if frame is not None and query.asset_ids is not None:
            frame = frame.filter(pl.col("asset").is_in([str(one) for one in query.asset_ids]))
        return cls(frame, days, schema, query)

    def pieces(self) -> Iterator[RangePiece]:
        number = 0
        for place, day in enumerate(self.days, 1):
            for start, end in self._spans(day):
                number += 1
                yield RangePiece(self._rows(start, end), place / len(self.days))
        if not number:
            yield RangePiece(self._empty(), 1.0)

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The day in parts that have as many rows as a piece has."""
        assert self.frame is not None
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        first, last = max(self.query.start, midnight), min(self.query.end, midnight + timedelta(days=1))
        second = pl.col("time").dt.truncate(_STEP)
        counted = between(self.frame, first, last).group_by(second.alias("second")).agg(pl.len().alias("rows"))
        found = counted.sort("second").collect(engine="streaming")
        rows, start = 0, first
        for moment, count in found.iter_rows():
            if rows and rows + count > self.query.most:
                yield start, moment
                rows, start = 0, moment
            rows += count
        if rows:
            yield start, last

    def _rows(self, start: datetime, end: datetime) -> pa.Table:
        assert self.frame is not None
        known = set(self.frame.collect_schema().names())
        columns = [name for name in self.schema.names if name in known]
        order = ["time", "asset", *(["role", "version"] if self.query.scores else [])]
        table = between(self.frame, start, end).select(columns).sort(order).collect().to_arrow()
        if self.query.scores:
            return table
        arrays = [table[n].cast(k) if n in known else pa.nulls(table.num_rows, k) for n, k in _fields(self.schema)]
        return pa.table(arrays, schema=self.schema)

    def _empty(self) -> pa.Table:
        return self.schema.empty_table()


def _fields(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in schema]
