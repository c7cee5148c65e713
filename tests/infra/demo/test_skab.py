"""Which rows the benchmark's demo sends."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from infra.demo.skab import data

SIGNALS = tuple("abcdefgh")


def file(rows: int = 500) -> data.File:
    start = datetime(2020, 3, 9, 10, tzinfo=UTC)
    time = np.datetime64("2020-03-09T10:00:00", "us") + np.arange(rows) * np.timedelta64(1, "s")
    return data.File("valve1", "valve1-0", start, time, np.ones((rows, 8)), np.zeros(rows, bool))


def test_replays_never_share_a_source_time():
    found = list(data.replays())
    assert [missing for missing, _, _ in found] == [0, 1, 1, 1, 2, 2, 2, 4, 4, 4]
    assert [shift.days for _, _, shift in found] == list(range(0, 20, 2))


def test_silenced_sensors_depend_on_file_number_and_draw_alone():
    silent = data.silenced(file(), 2, 1, 8)
    assert silent.sum() == 2
    assert (silent == data.silenced(file(), 2, 1, 8)).all()
    assert data.silenced(file(), 0, 0, 8).sum() == 0


def test_a_batch_is_what_the_door_takes():
    silent = np.arange(8) == 2
    rows = data.batch(file(), slice(data.TRAINING_ROWS, None), timedelta(days=2), silent, SIGNALS)
    assert rows.columns == ["asset", "time", *SIGNALS]
    assert rows["time"][0] == datetime(2020, 3, 11, 10, 6, 40, tzinfo=UTC)
    assert rows.schema["time"] == pl.Datetime("us", "UTC")
    assert (rows.height, rows["c"].null_count(), rows["a"].null_count()) == (100, 100, 0)
