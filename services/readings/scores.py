"""Every score of an asset as it was given: for integrators and benchmarks, where a trend would be too coarse."""

import asyncio
from datetime import datetime
from uuid import UUID

import numpy as np
import polars as pl
import pyarrow as pa

from services.assets import api as assets
from services.enclaves.platform import Bucket, Platform
from services.kernel import subjects, wire
from services.kernel.rights import Permission, Principal
from services.readings.errors import TrendInvalid
from services.readings.history import between, tables
from services.readings.trend import LONGEST

ROUTES = ("main", "fallback", "none")
SCORES_SCHEMA = pa.schema(
    [
        ("time", wire.TIME),
        ("version", pa.utf8()),
        ("shadow", pa.bool_()),
        ("route", pa.utf8()),
        ("value", pa.float32()),
        ("raw", pa.float32()),
        ("threshold", pa.float32()),
        ("coverage", pa.float32()),
        ("expected_loss", pa.float32()),
        ("missing", pa.list_(pa.utf8())),
        ("top", pa.list_(pa.utf8())),
        ("share", pa.list_(pa.float32())),
    ]
)
"""As `wire.SCORE_SCHEMA`, with names for codes and positions."""


MOST_SCORES = 1_000_000
"""Scores in one answer about a whole fleet."""


async def scores(platform: Platform, principal: Principal, asset_id: UUID, start: datetime, end: datetime) -> pa.Table:
    """A table by `SCORES_SCHEMA`: all scores of the asset with start ≤ time < end, of champion and shadows, by time.

    Raises `AssetNotFound`, `TrendInvalid` (a range that is empty or longer than 31 days).
    """
    principal.require(Permission.VIEW)
    _check(start, end)
    async with platform.database.unit(principal.tenant) as uow:
        [asset] = await assets.get_assets(uow, principal, [asset_id])
        contract = await assets.get_contract(uow, principal, asset.contract_id)
    bucket = await platform.objects.bucket(principal.tenant)
    mine = pl.col("asset") == str(asset_id)
    rows = await asyncio.to_thread(_read, bucket, contract.id, mine, (start, end))
    return named(rows, contract.contract.keys)


async def fleet_scores(
    platform: Platform, principal: Principal, contract_key: str, start: datetime, end: datetime
) -> pa.Table:
    """A table by `SCORES_SCHEMA` after a column `asset` of keys: all scores of all assets of the contract with
    start ≤ time < end, by time.

    Raises `ContractNotFound`, `TrendInvalid` (also where there are more than a million scores).
    """
    principal.require(Permission.VIEW)
    _check(start, end)
    async with platform.database.unit(principal.tenant) as uow:
        contract = await assets.contract_by_key(uow, principal, contract_key)
    bucket = await platform.objects.bucket(principal.tenant)
    rows = await asyncio.to_thread(_read, bucket, contract.id, pl.lit(True), (start, end), MOST_SCORES + 1)
    if rows.num_rows > MOST_SCORES:
        raise TrendInvalid(
            f"The range holds more than {MOST_SCORES:,} scores. Ask for a shorter one, and for the next after it.",
            field="to",
        )
    column = rows["asset"].cast(pa.utf8()).combine_chunks().dictionary_encode()
    async with platform.database.unit(principal.tenant) as uow:
        found = await assets.get_assets(uow, principal, [UUID(one) for one in column.dictionary.to_pylist()])
    keys = {str(asset.id): asset.key for asset in found}
    texts = pa.array([keys[one] for one in column.dictionary.to_pylist()], pa.utf8())
    of = pa.DictionaryArray.from_arrays(column.indices, texts).cast(pa.utf8())
    return named(rows, contract.contract.keys).add_column(0, "asset", of)


def _check(start: datetime, end: datetime) -> None:
    if start.tzinfo is None or end.tzinfo is None or not start < end or end - start > LONGEST:
        raise TrendInvalid(
            f"Give a start and a later end, with time zones, at most {LONGEST.days} days apart.", field="to"
        )


def _read(
    bucket: Bucket, contract: UUID, wanted: pl.Expr, span: tuple[datetime, datetime], most: int | None = None
) -> pa.Table:
    """Rows by `wire.SCORE_SCHEMA`; at most `most` of them, and then in no order."""
    frame = tables.scan(bucket, subjects.scores_table(contract))
    if frame is None:
        return wire.SCORE_SCHEMA.empty_table()
    rows = between(frame, *span).filter(wanted).select(wire.SCORE_SCHEMA.names)
    rows = rows if most is None else rows.head(most)
    return rows.sort("time", "asset", "role", "version").collect().to_arrow()


def named(rows: pa.Table, signals: tuple[str, ...]) -> pa.Table:
    """Rows by `wire.SCORE_SCHEMA` as `SCORES_SCHEMA` has them, with the contract's signal keys for positions."""
    named = {
        "version": rows["version"].cast(pa.utf8()),
        "shadow": pa.array(rows["role"].to_numpy() == wire.ROLE_SHADOW),
        "route": pa.array(np.array(ROUTES, object)[rows["route"].to_numpy()], pa.utf8()),
        "missing": _names(rows["missing"], signals),
        "top": _names(rows["top"], signals),
    }
    columns = [named[name] if name in named else rows[name] for name in SCORES_SCHEMA.names]
    return pa.table(columns, SCORES_SCHEMA.names).cast(SCORES_SCHEMA)


def _names(positions: pa.ChunkedArray, signals: tuple[str, ...]) -> pa.Array:
    """Lists of signal names for lists of positions; null or -1, which stand for none, become null."""
    lists = pa.concat_arrays(
        [chunk.cast(pa.list_(pa.int16())) for chunk in positions.chunks] or [pa.array([], pa.list_(pa.int16()))]
    )
    names = np.array([*signals, None], object)[lists.flatten().fill_null(-1).to_numpy()]
    lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, pa.array(names, pa.utf8()))
