"""Ranges of real machines that are to be refused, and for the right reason; a clock that jumps is to be found.

Recordings of a water loop (SKAB): free of faults at first, then with a fault that is labelled. Power of a solar plant
(PVDAQ): stamps that claim to know no daylight saving, and have it.
"""

from pathlib import Path

import numpy as np
import polars as pl
from harness import Row, show

from services.suitability.buckets import Rows, grid, ladder, summarise
from services.suitability.contracts import Fitness, KnownEvents
from services.suitability.doubts import clocks
from services.suitability.judge import judge
from services.suitability.study import Study, Subject, study

SECOND = 1_000_000
QUARTER = 900 * SECOND
CLEAN = 400
"""Rows from the start of each recording that are free of faults."""
LEAST_FOUND = 18
"""Of 20 recordings that nobody labelled."""
JUMPS = {
    ("2011-10-01", "2011-12-10"): [("2011-11-06", -1.0)],
    ("2012-02-10", "2012-04-10"): [("2012-03-11", 1.0)],
    ("2012-07-01", "2012-09-15"): [],
    ("2011-12-10", "2012-02-10"): [],
}
"""Of each range the days on which its clock jumps, with the hours."""

Recording = tuple[np.ndarray, list[np.ndarray], np.ndarray]
"""Time [rows], eight signals, abnormal [rows]."""


def measure(folder: Path) -> list[Row]:
    """`folder` holds the real data sets. Raises AssertionError where a verdict is wrong."""
    found = [labelled(recordings(folder)), unlabelled(recordings(folder)), clock_jumps(folder)]
    for row in found:
        show(row)
    return found


def recordings(folder: Path) -> list[Recording]:
    table = pl.read_parquet(folder / "skab" / "skab.parquet").sort("file", "datetime")
    sensors = [name for name in table.columns if name not in {"file", "datetime", "anomaly", "changepoint"}]
    found = list[Recording]()
    for _, rows in table.group_by(["file"], maintain_order=True):
        time = rows["datetime"].cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()
        columns = [rows[name].to_numpy().astype(float) for name in sensors]
        found.append((time, columns, rows["anomaly"].to_numpy() == 1))
    return found


def labelled(recorded: list[Recording]) -> Row:
    """Each is refused for its labels, and a better range is named; its clean start is not refused."""
    for time, columns, abnormal in recorded:
        found = _studied(time, columns, KnownEvents(abnormal=_spans(time, abnormal)))
        dirty = judge(found, [_faulty(time)])
        assert dirty.verdict is Fitness.DOES_NOT_FIT
        assert dirty.factors[0].code == "known_abnormal"
        assert dirty.better_verdict is not None
        assert judge(found, [_clean(time)]).verdict is not Fitness.DOES_NOT_FIT
    return Row("recordings_refused_by_labels", len(recorded), "recordings", "all", len(recorded), 1.0)


def unlabelled(recorded: list[Recording]) -> Row:
    """Told only which rows are normal, nearly each is refused as unlike them; no clean start is."""
    refused = 0
    for time, columns, _ in recorded:
        found = _studied(time, columns, KnownEvents(normal=(_clean(time),)))
        outliers = next(one for one in judge(found, [_faulty(time)]).factors if one.code == "outliers")
        refused += outliers.verdict is Fitness.DOES_NOT_FIT
        assert judge(found, [_clean(time)], better=False).verdict is Fitness.FITS
    assert refused >= LEAST_FOUND, f"{refused} of {len(recorded)}"
    return Row("recordings_refused_unlabelled", refused, "recordings", "all", len(recorded), refused / len(recorded))


def clock_jumps(folder: Path) -> Row:
    """Both changes of the year are found to the day and the hour, and none where there is none."""
    table = pl.read_parquet(folder / "solar_nrel_pvdaq" / "system_50_ac_power_2_full_DST.parquet")
    stamp = pl.col("measured_on").dt.replace_time_zone(None).cast(pl.Datetime("us"))
    table = table.with_columns(stamp).sort("measured_on")
    for (first, last), expected in JUMPS.items():
        span = pl.lit(first).str.to_datetime(), pl.lit(last).str.to_datetime()
        chosen = table.filter(pl.col("measured_on").is_between(*span))
        time = chosen["measured_on"].cast(pl.Int64).to_numpy()
        power = chosen["ac_power_2"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        starts = grid([(int(time[0]), int(time[-1]) + 1)], QUARTER)
        buckets = summarise(Rows(time, [power]), starts, QUARTER, float(QUARTER), np.zeros(1, bool), ())
        found = [(str(np.datetime64(one.time, "us"))[:10], one.amount) for one in clocks(buckets)]
        assert found == expected, f"{first} to {last}: {found}"
    jumps = sum(map(len, JUMPS.values()))
    return Row("clock_jumps_found", jumps, "jumps", "all", jumps, 1.0, facts={"ranges_without": len(JUMPS) - jumps})


def _clean(time: np.ndarray) -> tuple[int, int]:
    return int(time[0]), int(time[CLEAN])


def _faulty(time: np.ndarray) -> tuple[int, int]:
    return int(time[CLEAN]), int(time[-1]) + 1


def _studied(time: np.ndarray, columns: list[np.ndarray], known: KnownEvents) -> Study:
    length = ladder(int(time[-1] - time[0]), SECOND)
    starts = grid([(int(time[0]), int(time[-1]) + 1)], length)
    none = np.zeros(len(columns), bool)
    subject = Subject(tuple(map(str, range(len(columns)))), none, none, 150, 300)
    buckets = summarise(Rows(time, columns), starts, length, float(SECOND), none, ())
    return study(buckets, subject, known, 0)


def _spans(time: np.ndarray, abnormal: np.ndarray) -> tuple[tuple[int, int], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], abnormal.astype(np.int8), [0]]))).reshape(-1, 2)
    return tuple((int(time[a]), int(time[b - 1]) + SECOND) for a, b in edges)
