"""Trends: a range of an asset's signals, decimated to what a screen can show.

Rows are read from the history, which follows the stream by about a second.
"""

import asyncio
import json
from datetime import timedelta

import numpy as np
import polars as pl
import pyarrow as pa
from tsdownsample import MinMaxLTTBDownsampler

from services.assets import api as assets
from services.enclaves.platform import Bucket, Platform
from services.kernel import subjects, wire
from services.kernel.rights import Permission, Principal
from services.readings.contracts import TrendQuery
from services.readings.errors import TrendInvalid
from services.readings.history import between, tables

LONGEST = timedelta(days=31)
WIDEST_PX = 8_192
MOST_SIGNALS = 32
SCORES = {
    "score": ("value", wire.ROLE_CHAMPION),
    "score.shadow": ("value", wire.ROLE_SHADOW),
    "score.route": ("route", wire.ROLE_CHAMPION),
    "score.coverage": ("coverage", wire.ROLE_CHAMPION),
}
"""What can be asked for beside signals: columns of the score table, and whose rows. `score` is the champion's."""
TREND_SCHEMA = pa.schema(
    [("signal", pa.dictionary(pa.int32(), pa.utf8())), ("time", wire.TIME), ("value", pa.float64())]
)


async def trend(platform: Platform, principal: Principal, query: TrendQuery) -> pa.Table:
    """A table by `TREND_SCHEMA`, signal after signal in the order asked for, by time within one; missing values are
    left out. Schema metadata `points` is JSON: `{signal: {"n": shown, "m": stored}}`.

    Raises `AssetNotFound`, `TrendInvalid`.
    """
    principal.require(Permission.VIEW)
    _check_range(query)
    async with platform.database.unit(principal.tenant) as uow:
        [asset] = await assets.get_assets(uow, principal, [query.asset_id])
        contract = await assets.get_contract(uow, principal, asset.contract_id)
    known = set(contract.contract.keys)
    for signal in query.signals:
        if signal not in SCORES and signal not in known:
            raise TrendInvalid(f"The asset has no signal “{signal[:60]}”.", field="signals")
    bucket = await platform.objects.bucket(principal.tenant)
    return await asyncio.to_thread(
        _draw, bucket, query, subjects.history_table(contract.id), subjects.scores_table(contract.id)
    )


def _check_range(query: TrendQuery) -> None:
    if query.start.tzinfo is None or query.end.tzinfo is None:
        raise TrendInvalid("Start and end need a time zone.", field="start")
    if not query.start < query.end:
        raise TrendInvalid("The end must lie after the start.", field="end")
    if query.end - query.start > LONGEST:
        raise TrendInvalid(f"A trend shows at most {LONGEST.days} days. Choose a shorter range.", field="end")
    if not 1 <= query.px <= WIDEST_PX:
        raise TrendInvalid(f"The width is 1 to {WIDEST_PX} px.", field="px")
    if not query.signals or len(set(query.signals)) != len(query.signals) or len(query.signals) > MOST_SIGNALS:
        raise TrendInvalid(f"Ask for 1 to {MOST_SIGNALS} different signals.", field="signals")


def _draw(bucket: Bucket, query: TrendQuery, history: str, scores: str) -> pa.Table:
    columns = [signal for signal in query.signals if signal not in SCORES]
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    if columns:
        found |= _series(tables.scan(bucket, history), query, columns, pl.lit(True))
    for role in (wire.ROLE_CHAMPION, wire.ROLE_SHADOW):
        wanted = {signal: SCORES[signal][0] for signal in query.signals if SCORES.get(signal, ("", -1))[1] == role}
        if wanted:
            scored = _series(tables.scan(bucket, scores), query, list(wanted.values()), pl.col("role") == role)
            found |= {signal: scored[column] for signal, column in wanted.items()}
    parts: list[pa.Table] = []
    points: dict[str, dict[str, int]] = {}
    for position, signal in enumerate(query.signals):
        time, value = found[signal]
        shown = _decimated(time, value, 2 * query.px)
        points[signal] = {"n": len(shown), "m": len(time)}
        names = pa.DictionaryArray.from_arrays(np.full(len(shown), position, np.int32), pa.array(query.signals))
        parts.append(pa.table([names, pa.array(time[shown]).view(wire.TIME), pa.array(value[shown])], TREND_SCHEMA))
    return pa.concat_tables(parts).replace_schema_metadata({"points": json.dumps(points)})


def _series(
    frame: pl.LazyFrame | None, query: TrendQuery, columns: list[str], chosen: pl.Expr
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """(time in µs, value) of each column, by time, without missing values; a column not stored yet is empty."""
    nothing = (np.empty(0, np.int64), np.empty(0, np.float64))
    stored = set(frame.collect_schema().names()) if frame is not None else set[str]()
    there = [column for column in columns if column in stored]
    if frame is None or not there:
        return dict.fromkeys(columns, nothing)
    mine = between(frame, query.start, query.end).filter((pl.col("asset") == str(query.asset_id)) & chosen)
    rows = mine.select(pl.col("time").cast(pl.Int64), *(pl.col(name).cast(pl.Float64) for name in there)).collect()
    time = rows["time"].to_numpy()
    if len(time) > 1 and not bool((time[1:] >= time[:-1]).all()):
        order = np.argsort(time, kind="stable")
        rows, time = rows[order], time[order]
    result = dict.fromkeys(columns, nothing)
    for name in there:
        column = rows[name]
        if column.null_count():
            filled = column.is_not_null().to_numpy()
            result[name] = (time[filled], column.drop_nulls().to_numpy())
        else:
            result[name] = (time, column.to_numpy())
    return result


def _decimated(time: np.ndarray, value: np.ndarray, most: int) -> np.ndarray:
    """Positions to show, at most `most`: smallest and largest of each pixel, picked by MinMaxLTTB
    (Van Der Donckt et al. 2023), which keeps the shape."""
    if len(time) <= most:
        return np.arange(len(time))
    return np.unique(MinMaxLTTBDownsampler().downsample(time, np.ascontiguousarray(value), n_out=most))
