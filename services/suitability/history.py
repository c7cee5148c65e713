"""Reading what is judged: rows and scores of assets in a window, asset after asset. Blocks; call it in a thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from services.enclaves.platform import Bucket
from services.kernel import subjects, wire
from services.readings.history import between, tables
from services.suitability.buckets import Rows
from services.suitability.study import Scores
from services.suitability.window import Window

GROUP_CELLS = 16_000_000
"""Rows × signals held at once."""
_ORIGIN = date(1970, 1, 1)
_PARTITION = "date"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of a contract are."""

    bucket: Bucket
    history: str
    scores: str

    @classmethod
    def of(cls, bucket: Bucket, contract: object) -> "Place":
        return cls(bucket, subjects.history_table(contract), subjects.scores_table(contract))  # pyright: ignore[reportArgumentType]


def newest(place: Place) -> int | None:
    """Time of the contract's newest row, in µs; None without any. Raises `HistoryUnavailable`."""
    days = tables.days(place.bucket, place.history)
    frame = tables.scan(place.bucket, place.history) if days else None
    if frame is None:
        return None
    last = frame.filter(pl.col(_PARTITION) == days[-1]).select(pl.col("time").cast(pl.Int64).max())
    return last.collect().item()


def read(
    place: Place, asset_ids: Sequence[str], signals: Sequence[str], window: Window, versions: Sequence[str]
) -> Iterator[tuple[str, Rows, Scores | None]]:
    """Rows by time and the scores of `versions` of each asset; one without rows has none. Whole groups of assets are
    read at once. Raises `HistoryUnavailable`."""
    size = max(GROUP_CELLS // max(window.cells, 1), 1)
    for first in range(0, len(asset_ids), size):
        group = list(asset_ids[first : first + size])
        rows = _rows(place, group, signals, window)
        scores = _scores(place, group, window, versions) if versions else {}
        for asset in group:
            yield asset, rows.get(asset) or _nothing(len(signals)), scores.get(asset)


def _nothing(signals: int) -> Rows:
    return Rows(np.empty(0, np.int64), [np.empty(0)] * signals)


def _looked_at(frame: pl.LazyFrame, window: Window) -> pl.LazyFrame:
    parts = [between(frame, _moment(a), _moment(b)) for a, b in window.pieces]
    if window.every > 1:
        days = [_ORIGIN + timedelta(days=day) for day in window.days()]
        parts = [part.filter(pl.col(_PARTITION).is_in(days)) for part in parts]
    return pl.concat(parts)


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1e6, UTC)


def _rows(place: Place, group: list[str], signals: Sequence[str], window: Window) -> dict[str, Rows]:
    frame = tables.scan(place.bucket, place.history)
    if frame is None:
        return {}
    stored = set(frame.collect_schema().names())
    columns = [
        pl.col(key).cast(pl.Float64).fill_null(float("nan")) if key in stored else pl.lit(float("nan")).alias(key)
        for key in signals
    ]
    mine = _looked_at(frame, window).filter(pl.col("asset").is_in(group))
    found = mine.select(pl.col("asset").cast(pl.String), pl.col("time").cast(pl.Int64), *columns).collect()
    return {
        str(asset): Rows(rows["time"].to_numpy(), [rows[key].to_numpy() for key in signals])
        for (asset,), rows in found.sort("asset", "time").partition_by("asset", as_dict=True).items()
    }


def _scores(place: Place, group: list[str], window: Window, versions: Sequence[str]) -> dict[str, Scores]:
    frame = tables.scan(place.bucket, place.scores)
    if frame is None:
        return {}
    answered = (pl.col("role") == wire.ROLE_CHAMPION) & pl.col("version").is_in(list(versions))
    mine = _looked_at(frame, window).filter(pl.col("asset").is_in(group) & answered)
    value = pl.col("value").cast(pl.Float64).fill_null(float("nan"))
    found = mine.select(pl.col("asset").cast(pl.String), pl.col("time").cast(pl.Int64), value).collect()
    return {
        str(asset): Scores(rows["time"].to_numpy(), rows["value"].to_numpy())
        for (asset,), rows in found.sort("asset", "time").partition_by("asset", as_dict=True).items()
    }
