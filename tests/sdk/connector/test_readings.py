"""Batches of readings, however a connector has its values."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest

from andon_sdk.connector import READINGS, Quality, readings

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_lists_become_a_batch():
    batch = readings(["a", "b"], [AT, AT], [1, True], [Quality.GOOD, Quality.UNCERTAIN])
    assert batch.schema == READINGS
    assert batch.to_pydict() == {"tag": ["a", "b"], "time": [AT, AT], "value": [1.0, 1.0], "quality": [0, 1]}


def test_one_tag_and_one_quality_stand_for_all():
    batch = readings("a", [AT, AT + timedelta(seconds=1)], np.array([1.5, 2.5]), Quality.BAD)
    assert batch.column("tag").to_pylist() == ["a", "a"]
    assert batch.column("quality").to_pylist() == [2, 2]


def test_what_is_no_number_is_null_and_bad():
    batch = readings("a", [AT] * 4, [1.0, None, float("nan"), float("inf")])
    assert batch.column("value").to_pylist() == [1.0, None, None, None]
    assert batch.column("quality").to_pylist() == [0, 2, 2, 2]


def test_source_times_keep_their_instant():
    seoul = datetime(2026, 3, 1, 21, tzinfo=timezone(timedelta(hours=9)))
    assert readings("a", [seoul], [1.0]).column("time").to_pylist() == [AT]
    nanos = pa.array([1_772_366_400_000_000_999], pa.timestamp("ns", "UTC"))
    assert readings("a", nanos, [1.0]).column("time").to_pylist() == [AT]


@pytest.mark.parametrize("times", [[datetime(2026, 3, 1)], pa.array([0], pa.timestamp("us"))])
def test_times_without_a_zone_are_refused(times):
    with pytest.raises(ValueError, match="says no zone"):
        readings("a", times, [1.0])


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="readings of 1 tags, 1 times, 2 values"):
        readings("a", [AT], [1.0, 2.0])
