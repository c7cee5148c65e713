"""Scores of champions and shadows on the same rows, out of the history, in a bounded way."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import polars as pl

from services.enclaves.platform import Bucket
from services.kernel import subjects
from services.kernel.wire import ROLE_CHAMPION, ROLE_SHADOW
from services.readings.history import PARTITION, between, first_of_newest, tables
from services.verdicts.contracts import Scores

LOOKS_BACK = timedelta(days=180)
MOST_ROWS = 12_000_000
"""Scores that one question reads; of more, only the newest days."""
TURN = asyncio.Semaphore(1)
"""Questions that are computed at once in this process: each may hold `MOST_ROWS`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Who is compared on an asset."""

    asset: UUID
    champion: UUID
    shadow: UUID


def read(bucket: Bucket, contract: UUID, pairs: Sequence[Pair], now: datetime) -> Scores:
    """Rows of these assets, which are of one contract: those that the champion scored between the first and the last
    row of the shadow, in hours in which the shadow scored any. Assets are positions in `pairs`.

    Blocks on the object store. Raises `HistoryUnavailable`.
    """
    frame = tables.scan(bucket, subjects.scores_table(contract))
    if frame is None:
        return _scores(_NONE)
    wanted = _wanted(between(frame, now - LOOKS_BACK, now + timedelta(days=1)), pairs)
    days = dict(wanted.group_by(PARTITION).len().collect().iter_rows())
    start = first_of_newest(days, MOST_ROWS)
    if start is None:
        return _scores(_NONE)
    return _scores(same_rows(wanted.filter(pl.col(PARTITION) >= start), pairs))


_NONE = pl.DataFrame(
    schema={"place": pl.Int64, "time": pl.Datetime("us", "UTC"), "champion": pl.Float64, "shadow": pl.Float64}
)


def _wanted(frame: pl.LazyFrame, pairs: Sequence[Pair]) -> pl.LazyFrame:
    assets = [str(pair.asset) for pair in pairs]
    versions = [str(version) for pair in pairs for version in (pair.champion, pair.shadow)]
    return frame.filter(
        pl.col("asset").cast(pl.String).is_in(assets), pl.col("version").cast(pl.String).is_in(versions)
    )


def same_rows(scores: pl.LazyFrame, pairs: Sequence[Pair]) -> pl.DataFrame:
    """place, time, champion and shadow, by place and time; `scores` has the columns of `SCORE_SCHEMA`."""
    places = pl.LazyFrame(
        {
            "asset": [str(pair.asset) for pair in pairs],
            "place": pl.Series(range(len(pairs)), dtype=pl.Int64),
            "champion": [str(pair.champion) for pair in pairs],
            "shadow": [str(pair.shadow) for pair in pairs],
        }
    )

    def of(name: str, role: int) -> pl.LazyFrame:
        mine = places.select("place", "asset", version=pl.col(name))
        said = scores.filter(pl.col("role") == role).select(
            pl.col("asset").cast(pl.String), pl.col("version").cast(pl.String), "time", pl.col("value").cast(pl.Float64)
        )
        joined = said.join(mine, on=["asset", "version"])
        return joined.select("place", "time", value="value").unique(["place", "time"], keep="last")

    shadow = of("shadow", ROLE_SHADOW).collect().lazy()
    hour = pl.col("time").dt.truncate("1h").alias("hour")
    spans = shadow.group_by("place").agg(first=pl.col("time").min(), last=pl.col("time").max())
    beside = of("champion", ROLE_CHAMPION).join(spans, on="place").with_columns(hour)
    within = beside.filter(pl.col("time").is_between("first", "last"))
    shared = within.join(shadow.select("place", hour).unique(), on=["place", "hour"], how="semi")
    both = shared.join(shadow, on=["place", "time"], how="left", suffix="_shadow")
    return both.select("place", "time", champion="value", shadow="value_shadow").sort("place", "time").collect()


def _scores(rows: pl.DataFrame) -> Scores:
    return Scores(
        rows["place"].to_numpy(),
        rows["time"].dt.cast_time_unit("us").to_numpy().astype("datetime64[us]"),
        rows["champion"].fill_null(np.nan).to_numpy(),
        rows["shadow"].fill_null(np.nan).to_numpy(),
    )
