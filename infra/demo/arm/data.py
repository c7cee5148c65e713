"""The recording's rows, and what its controller said of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

FILE = "ur3_cobotops.parquet"


@dataclass(frozen=True, slots=True)
class Recording:
    """A row a second of one arm, in order of time."""

    time: np.ndarray
    """datetime64[us] [rows], UTC."""
    values: np.ndarray
    """float64 [rows, signals] in the order asked for; NaN where missing."""
    abnormal: np.ndarray
    """bool [rows]: the controller reports a protective stop or a lost grip."""

    def events(self) -> list[tuple[int, int]]:
        """First and last row of each stretch of abnormal rows."""
        edges = np.diff(np.concatenate([[0], self.abnormal.astype(np.int8), [0]]))
        return list(zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True))

    def earlier(self, share: float) -> int:
        """How many rows are the first `share` of the recording."""
        return int(share * len(self.time))


def read(folder: Path, signals: tuple[str, ...]) -> Recording:
    """Raises `FileNotFoundError`."""
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there. Give the folder that holds the recording as {FILE}.")
    table = pl.read_parquet(path).sort("timestamp")
    flags = table.select(pl.col("robot_protectivestop", "grip_lost").fill_null(0) > 0)
    return Recording(
        table["timestamp"].dt.replace_time_zone(None).cast(pl.Datetime("us")).to_numpy(),
        table.select(signals).to_numpy().astype(np.float64),
        flags.select(pl.any_horizontal(pl.all())).to_series().to_numpy(),
    )
