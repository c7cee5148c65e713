"""Real machines: contaminated recordings are refused for the right reason, a daylight-saving shift is found."""

import numpy as np
import polars as pl
import pytest
import real_data

from services.suitability.buckets import Rows, grid, ladder, summarise
from services.suitability.contracts import Fitness, KnownEvents
from services.suitability.doubts import clocks
from services.suitability.judge import judge
from services.suitability.study import Study, Subject, study

SECOND = 1_000_000
TRAINED = 400
"""Rows from the start of each recording that are free of faults."""


def recordings() -> list[tuple[np.ndarray, list[np.ndarray], np.ndarray]]:
    """(time [rows], eight signals, abnormal [rows]) of each."""
    table = pl.read_parquet(real_data.folder("skab") / "skab.parquet").sort("file", "datetime")
    sensors = [name for name in table.columns if name not in {"file", "datetime", "anomaly", "changepoint"}]
    found = []
    for _, rows in table.group_by(["file"], maintain_order=True):
        time = rows["datetime"].cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()
        columns = [rows[name].to_numpy().astype(float) for name in sensors]
        found.append((time, columns, rows["anomaly"].to_numpy() == 1))
    return found


def studied(time: np.ndarray, columns: list[np.ndarray], known: KnownEvents) -> Study:
    length = ladder(int(time[-1] - time[0]), SECOND)
    starts = grid([(int(time[0]), int(time[-1]) + 1)], length)
    none = np.zeros(len(columns), bool)
    subject = Subject(tuple(map(str, range(len(columns)))), none, none, 150, 300)
    buckets = summarise(Rows(time, columns), starts, length, float(SECOND), none, ())
    return study(buckets, subject, known, 0)


def spans(time: np.ndarray, abnormal: np.ndarray) -> tuple[tuple[int, int], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], abnormal.astype(np.int8), [0]]))).reshape(-1, 2)
    return tuple((int(time[a]), int(time[b - 1]) + SECOND) for a, b in edges)


def test_contaminated_recordings_are_refused_by_their_labels():
    for time, columns, abnormal in recordings():
        found = studied(time, columns, KnownEvents(abnormal=spans(time, abnormal)))
        dirty = judge(found, [(int(time[TRAINED]), int(time[-1]) + 1)])
        assert dirty.verdict is Fitness.DOES_NOT_FIT
        assert dirty.factors[0].code == "known_abnormal"
        assert dirty.better_verdict is not None
        clean = judge(found, [(int(time[0]), int(time[TRAINED]))])
        assert clean.verdict is not Fitness.DOES_NOT_FIT


def test_the_detector_refuses_contaminated_recordings_that_nobody_labelled():
    """Told only that the first 400 rows are normal, it refuses 19 of 20, and none of those first rows."""
    refused = 0
    for time, columns, _ in recordings():
        found = studied(time, columns, KnownEvents(normal=((int(time[0]), int(time[TRAINED])),)))
        dirty = judge(found, [(int(time[TRAINED]), int(time[-1]) + 1)])
        outliers = next(factor for factor in dirty.factors if factor.code == "outliers")
        refused += outliers.verdict is Fitness.DOES_NOT_FIT
        clean = judge(found, [(int(time[0]), int(time[TRAINED]))], better=False)
        assert clean.verdict is Fitness.FITS
    assert refused >= 18


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2011-10-01", "2011-12-10", [("2011-11-06", -1.0)]),
        ("2012-02-10", "2012-04-10", [("2012-03-11", 1.0)]),
        ("2012-07-01", "2012-09-15", []),
        ("2011-12-10", "2012-02-10", []),
    ],
)
def test_daylight_saving_in_stamps_that_claim_to_have_none(first: str, last: str, expected: list[tuple[str, float]]):
    table = pl.read_parquet(real_data.folder("solar_nrel_pvdaq") / "system_50_ac_power_2_full_DST.parquet")
    table = table.with_columns(pl.col("measured_on").dt.replace_time_zone(None).cast(pl.Datetime("us"))).sort(
        "measured_on"
    )
    chosen = table.filter(
        pl.col("measured_on").is_between(pl.lit(first).str.to_datetime(), pl.lit(last).str.to_datetime())
    )
    time = chosen["measured_on"].cast(pl.Int64).to_numpy()
    power = chosen["ac_power_2"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    quarter = 900 * SECOND
    starts = grid([(int(time[0]), int(time[-1]) + 1)], quarter)
    buckets = summarise(Rows(time, [power]), starts, quarter, float(quarter), np.zeros(1, bool), ())
    found = [(str(np.datetime64(one.time, "us"))[:10], one.amount) for one in clocks(buckets)]
    assert found == expected
