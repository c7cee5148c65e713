"""The benchmark's files, and the rows that are sent of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

TRAINING_ROWS = 400
MISSING = (0, 1, 2, 4)
DRAWS = 3
"""Replays for each number of missing sensors, each with other sensors missing."""
BETWEEN = timedelta(days=2)
"""Replays of a file lie this far apart in source time, so that their rows are different rows."""
COLUMNS = (
    "Accelerometer1RMS",
    "Accelerometer2RMS",
    "Current",
    "Pressure",
    "Temperature",
    "Thermocouple",
    "Voltage",
    "Volume Flow RateRMS",
)
"""The benchmark's columns in the order of the contract's signals."""


@dataclass(frozen=True, slots=True)
class File:
    """One experiment: `values` float64 [rows, signals] in the contract's order, `abnormal` bool [rows]."""

    group: str
    asset: str
    start: datetime
    time: np.ndarray
    values: np.ndarray
    abnormal: np.ndarray


def read(folder: Path, columns: dict[str, str]) -> list[File]:
    """The valve files in `folder/skab.parquet`; `columns` maps the contract's signals to the file's columns."""
    path = folder / "skab.parquet"
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there. Give the folder that holds the benchmark as skab.parquet.")
    frame = pl.read_parquet(path).filter(pl.col("file").str.starts_with("valve")).sort("file", "datetime")
    return [
        File(
            group=str(name).split("/")[0],
            asset=str(name).replace("/", "-"),
            start=rows["datetime"][0].replace(tzinfo=UTC),
            time=rows["datetime"].to_numpy(),
            values=rows.select(columns.values()).to_numpy().astype(np.float64),
            abnormal=rows["anomaly"].to_numpy() == 1,
        )
        for (name,), rows in frame.group_by("file", maintain_order=True)
    ]


def silenced(file: File, missing: int, draw: int, signals: int) -> np.ndarray:
    """bool [signals]: which sensors say nothing in that replay. Drawn from file, number and draw alone."""
    chance = np.random.default_rng([sum(file.asset.encode()), missing, draw])
    silent = np.zeros(signals, bool)
    silent[chance.choice(signals, missing, replace=False)] = True
    return silent


def batch(file: File, rows: slice, shift: timedelta, silent: np.ndarray, signals: tuple[str, ...]) -> pl.DataFrame:
    """Rows of a file as the door takes them."""
    values = np.where(silent, np.nan, file.values[rows])
    times = pl.Series("time", file.time[rows] + np.timedelta64(shift)).dt.replace_time_zone("UTC")
    columns = [pl.Series(key, values[:, at]).fill_nan(None) for at, key in enumerate(signals)]
    return pl.DataFrame([pl.Series("asset", [file.asset] * len(times)), times, *columns])


def replays() -> Iterator[tuple[int, int, timedelta]]:
    """(missing, draw, shift in source time) of each replay; the first has every sensor."""
    number = 0
    for missing in MISSING:
        for draw in range(1 if missing == 0 else DRAWS):
            yield missing, draw, number * BETWEEN
            number += 1
