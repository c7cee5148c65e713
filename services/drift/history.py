"""Reading blocks of rows and scores of many assets at once. Blocks on the object store; call it in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import polars as pl

from services.enclaves.platform import Bucket
from services.kernel import subjects, wire
from services.readings.history import PARTITION, tables

_VALUE = "value"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Blocks of n assets of one contract, each counted from a start of the asset's own."""

    assets: Sequence[UUID]
    starts: Sequence[datetime]
    length: int
    """s"""
    chosen: Sequence[int]
    """Numbers of the blocks that are read."""
    every: int = 1
    """Of how many rows one is read, evenly."""
    period: float = 1.0
    """Seconds between rows."""


@dataclass(frozen=True, slots=True)
class Rows:
    """In no order."""

    place: np.ndarray
    """int64 [rows]: position of the asset in `Wanted`."""
    block: np.ndarray
    """int64 [rows]: position of the block in `Wanted.chosen`."""
    columns: Sequence[np.ndarray]
    """float64 [rows] for each signal, NaN where missing."""


def newest(bucket: Bucket, contract: UUID, now: datetime) -> datetime | None:
    """Time of the contract's newest row until now; None without any. Raises `HistoryUnavailable`."""
    table = subjects.history_table(contract)
    days = [day for day in tables.days(bucket, table) if day <= now.date()]
    frame = tables.scan(bucket, table) if days else None
    if frame is None:
        return None
    last = frame.filter((pl.col(PARTITION) == days[-1]) & (pl.col("time") <= now))
    return last.select(pl.col("time").max()).collect().item()


def rows(bucket: Bucket, contract: UUID, signals: Sequence[str], wanted: Wanted) -> Rows:
    """Values of the signals; one that is not stored is missing everywhere. Raises `HistoryUnavailable`."""
    frame = tables.scan(bucket, subjects.history_table(contract))
    stored = set(frame.collect_schema().names()) if frame is not None else set[str]()
    columns = [
        (pl.col(key) if key in stored else pl.lit(None)).cast(pl.Float64).fill_null(float("nan")).alias(f"v{place}")
        for place, key in enumerate(signals)
    ]
    return _read(frame, columns, wanted)


def scores(bucket: Bucket, contract: UUID, versions: Sequence[UUID], wanted: Wanted) -> Rows:
    """The answers of these versions (of each asset one) while they were champions. Raises `HistoryUnavailable`."""
    frame = tables.scan(bucket, subjects.scores_table(contract))
    if frame is not None:
        mine = pl.col("version").cast(pl.String).is_in([str(version) for version in versions])
        frame = frame.filter((pl.col("role") == wire.ROLE_CHAMPION) & mine)
    value = pl.col(_VALUE).cast(pl.Float64).fill_null(float("nan"))
    return _read(frame, [value.alias("v0")], wanted)


def _read(frame: pl.LazyFrame | None, columns: Sequence[pl.Expr], wanted: Wanted) -> Rows:
    if frame is None or not wanted.assets:
        return Rows(np.empty(0, np.int64), np.empty(0, np.int64), [np.empty(0)] * len(columns))
    places = pl.LazyFrame(
        {
            "asset": [str(asset) for asset in wanted.assets],
            "place": pl.Series(range(len(wanted.assets)), dtype=pl.Int64),
            "start": pl.Series(wanted.starts, dtype=pl.Datetime("us", "UTC")),
        }
    )
    first = min(wanted.starts) + timedelta(seconds=wanted.chosen[0] * wanted.length)
    last = max(wanted.starts) + timedelta(seconds=(wanted.chosen[-1] + 1) * wanted.length)
    names = [f"v{place}" for place in range(len(columns))]
    since = (pl.col("time") - pl.col("start")).dt.total_microseconds()
    length = wanted.length * 1_000_000
    blocks = pl.LazyFrame(
        {"number": pl.Series(wanted.chosen, dtype=pl.Int64), "block": range(len(wanted.chosen))},
        schema_overrides={"block": pl.Int64},
    )
    mine = _within(frame, first, last, wanted).filter(
        pl.col("asset").cast(pl.String).is_in([str(asset) for asset in wanted.assets])
    )
    mine = mine.select(pl.col("asset").cast(pl.String), "time", *columns)
    mine = mine.join(places, on="asset").with_columns(since=since, number=since.floordiv(length))
    if wanted.every > 1:
        step = (pl.col("since") / (wanted.period * 1e6)).round().cast(pl.Int64)
        mine = mine.filter(step % wanted.every == 0)
    found = mine.join(blocks, on="number").select("place", "block", *names).collect()
    return Rows(found["place"].to_numpy(), found["block"].to_numpy(), [found[name].to_numpy() for name in names])


def _within(frame: pl.LazyFrame, first: datetime, last: datetime, wanted: Wanted) -> pl.LazyFrame:
    """Rows that may be in a wanted block; of days without one no file is opened."""
    earliest, latest = min(wanted.starts), max(wanted.starts)
    days = {
        first.date() + timedelta(days=day)
        for block in wanted.chosen
        for day in range(
            ((earliest + timedelta(seconds=block * wanted.length)).date() - first.date()).days,
            ((latest + timedelta(seconds=(block + 1) * wanted.length)).date() - first.date()).days + 1,
        )
    }
    there = pl.col(PARTITION).is_in(sorted(days))
    return frame.filter(there & (pl.col("time") >= first) & (pl.col("time") < last))
