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


async def scores(platform: Platform, principal: Principal, asset_id: UUID, start: datetime, end: datetime) -> pa.Table:
    """A table by `SCORES_SCHEMA`: all scores of the asset with start ≤ time < end, of champion and shadows, by time.

    Raises `AssetNotFound`, `TrendInvalid` (a range that is empty or longer than 31 days).
    """
    principal.require(Permission.VIEW)
    if start.tzinfo is None or end.tzinfo is None or not start < end or end - start > LONGEST:
        raise TrendInvalid(
            f"Give a start and a later end, with time zones, at most {LONGEST.days} days apart.", field="to"
        )
    async with platform.database.unit(principal.tenant) as uow:
        [asset] = await assets.get_assets(uow, principal, [asset_id])
        contract = await assets.get_contract(uow, principal, asset.contract_id)
    bucket = await platform.objects.bucket(principal.tenant)
    return await asyncio.to_thread(_read, bucket, contract.id, contract.contract.keys, asset_id, (start, end))


def _read(
    bucket: Bucket, contract: UUID, signals: tuple[str, ...], asset_id: UUID, span: tuple[datetime, datetime]
) -> pa.Table:
    frame = tables.scan(bucket, subjects.scores_table(contract))
    if frame is None:
        return SCORES_SCHEMA.empty_table()
    mine = between(frame, *span).filter(pl.col("asset") == str(asset_id)).sort("time", "role", "version")
    rows = mine.select(wire.SCORE_SCHEMA.names[1:]).collect().to_arrow()
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
