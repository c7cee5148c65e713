"""How single readings become rows."""

from datetime import UTC, datetime, timedelta

import pytest

from andon_sdk.connector import Quality, readings
from andon_sdk.edge import state
from andon_sdk.edge.assemble import Assembler
from andon_sdk.edge.channels import US, Layout, channels
from andon_sdk.edge.config import AssetPart

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def at(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


def assembler(*, by_time=False, wait_s=0.0, **signals):
    """Of pump-1 with tag T for a and tag P for b, or as said."""
    part = AssetPart(asset="pump-1", contract="pump", signals=signals or {"a": "T", "b": "P"})
    mapping = channels((part,), {"pump": Layout(US, tuple(part.signals), {})})
    return Assembler(mapping, by_time=by_time, wait_us=round(wait_s * US))


def told(made):
    """(second, values) of each row."""
    rows = [row for batch in made.values() for row in batch.to_pylist()]
    return [((row.pop("time") - BEGIN).total_seconds(), {k: v for k, v in row.items() if k != "asset"}) for row in rows]


def test_a_row_gathers_a_period_and_has_its_newest_source_time():
    rows = assembler()
    assert rows.take(readings(["T", "P"], [at(0.0), at(0.2)], [1.0, 2.0]), 0.0) == {}
    made = rows.take(readings("T", [at(1.1)], [3.0]), 0.1)
    assert told(made) == [(0.2, {"a": 1.0, "b": 2.0})]
    assert (rows.counts.taken, rows.counts.used, len(rows.open)) == (3, 2, 1)


def test_jitter_around_the_period_loses_nothing():
    rows = assembler()
    times = [at(second) for second in (0.002, 0.998, 2.003, 2.997, 4.001)]
    made = rows.take(readings("T", times, [0, 1, 2, 3, 4]), 0.0)
    assert [values["a"] for _, values in told(made)] == [0, 1, 2, 3]
    assert rows.counts.superseded == 0


def test_the_newest_reading_of_a_period_counts():
    rows = assembler()
    made = rows.take(readings("T", [at(0.1), at(0.3), at(2)], [1.0, 2.0, 3.0]), 0.0)
    assert told(made) == [(0.3, {"a": 2.0, "b": None})]
    assert rows.counts.superseded == 1


def test_a_slow_tag_is_waited_for():
    rows = assembler(wait_s=2.0)
    assert rows.take(readings("T", [at(0), at(1), at(2)], [1, 2, 3]), 0.0) == {}
    made = rows.take(readings("P", [at(0), at(3)], [9, 8]), 0.0)
    assert told(made) == [(0.0, {"a": 1.0, "b": 9.0})]


def test_the_clock_closes_what_nothing_follows():
    rows = assembler(wait_s=1.0)
    rows.take(readings("T", [at(0)], [1]), 100.0)
    assert rows.close(101.9) == {}
    assert told(rows.close(102.0)) == [(0.0, {"a": 1.0, "b": None})]


def test_what_comes_late_is_a_row_of_its_own():
    rows = assembler()
    rows.take(readings("T", [at(0), at(5)], [1, 2]), 0.0)
    assert told(rows.take(readings("P", [at(0.1)], [7]), 0.0)) == [(0.1, {"a": None, "b": 7.0})]
    assert rows.counts.late == 1


def test_a_reading_that_is_told_again_is_left_out():
    rows = assembler(by_time=True)
    assert len(told(rows.take(readings("T", [at(0), at(0)], [1, 1]), 0.0))) == 1
    assert rows.take(readings("T", [at(0)], [1]), 0.0) == {}
    assert (rows.counts.taken, rows.counts.again, rows.counts.rows) == (3, 2, 1)


def test_rows_of_a_time_keep_every_time():
    rows = assembler(by_time=True)
    times = [at(0.0), at(0.1), at(0.0)]
    made = rows.take(readings(["T", "T", "P"], times, [1.0, 2.0, 3.0]), 0.0)
    assert told(made) == [(0.0, {"a": 1.0, "b": 3.0}), (0.1, {"a": 2.0, "b": None})]
    assert len(rows.open) == 0


def test_a_bad_reading_leaves_its_signal_empty_and_a_row_of_none_away():
    rows = assembler(by_time=True)
    made = rows.take(readings(["T", "P", "T"], [at(0), at(0), at(1)], [1, 2, 3], [2, 0, 2]), 0.0)
    assert told(made) == [(0.0, {"a": None, "b": 2.0})]
    assert (rows.counts.bad, rows.counts.used) == (2, 1)


def test_scale_and_offset_and_a_tag_for_two_signals():
    rows = assembler(by_time=True, a={"tag": "T", "scale": 0.1, "offset": -5}, b="T")
    assert told(rows.take(readings("T", [at(0)], [100]), 0.0)) == [(0.0, {"a": 5.0, "b": 100.0})]


def test_tags_nobody_asked_for_are_counted():
    rows = assembler()
    assert rows.take(readings(["X", "Y"], [at(0), at(0)], [1, 2]), 0.0) == {}
    assert (rows.counts.taken, rows.counts.unmapped) == (2, 2)


def test_a_dead_band_leaves_out_what_is_near_and_speaks_up_in_time():
    rows = assembler(by_time=True, a={"tag": "T", "dead_band": 1.0, "silence_s": 10})
    values = [5.0, 5.9, 6.5, 6.0, 6.4, 6.4]
    made = rows.take(readings("T", [at(s) for s in (0, 1, 2, 3, 4, 12)], values), 0.0)
    assert [(second, row["a"]) for second, row in told(made)] == [(0, 5.0), (2, 6.5), (12, 6.4)]
    assert rows.counts.in_dead_band == 3


def test_a_dead_band_lets_the_end_of_good_values_through():
    rows = assembler(by_time=True, a={"tag": "T", "dead_band": 1.0}, b="P")
    batch = readings(["T", "P", "T", "P"], [at(0), at(0), at(1), at(1)], [5, 1, 5, 1], [0, 0, Quality.BAD, 0])
    assert told(rows.take(batch, 0.0)) == [(0, {"a": 5.0, "b": 1.0}), (1, {"a": None, "b": 1.0})]


def test_a_held_value_stands_until_it_is_too_old_or_turns_bad():
    rows = assembler(by_time=True, a={"tag": "T", "hold_s": 2}, b="P")
    first = readings(["T", *"PPPP"], [at(0), at(0), at(1), at(2), at(3)], [5, 0, 1, 2, 3])
    assert [row["a"] for _, row in told(rows.take(first, 0.0))] == [5.0, 5.0, 5.0, None]
    second = readings(["T", "P", "T", "P"], [at(4), at(5), at(6), at(7)], [6, 5, 6, 7], [0, 0, Quality.BAD, 0])
    assert [row["a"] for _, row in told(rows.take(second, 0.0))] == [6.0, 6.0, None]


def test_a_late_reading_is_not_held_over_a_newer_one():
    rows = assembler(by_time=True, a={"tag": "T", "hold_s": 60}, b="P")
    rows.take(readings("T", [at(10)], [1]), 0.0)
    assert told(rows.take(readings("T", [at(5)], [9]), 0.0)) == [(5, {"a": 9.0, "b": None})]
    assert told(rows.take(readings("P", [at(11)], [2]), 0.0)) == [(11, {"a": 1.0, "b": 2.0})]


def test_state_goes_on_where_it_was_and_follows_a_changed_mapping(tmp_path):
    file = tmp_path / "state.npz"
    before = assembler(a={"tag": "T", "hold_s": 60, "dead_band": 1.0}, b="P")
    before.take(readings(["T", "P", "T"], [at(0), at(0.1), at(5)], [1, 2, 8]), 0.0)
    state.save(file, 7, before)
    after = assembler(b="P", a={"tag": "T", "hold_s": 60, "dead_band": 1.0}, c="Q")
    assert state.restore(file, after).step == 7
    assert after.counts == before.counts
    assert state.since(after) == {"T": at(5), "P": at(0.1)}
    assert told(after.take(readings(["T", "Q"], [at(5.2), at(6.6)], [8.5, 3]), 0.0)) == [
        (5, {"b": None, "a": 8.0, "c": None})
    ]
    assert after.counts.in_dead_band == 1


@pytest.mark.parametrize("seed", range(5))
def test_every_reading_is_accounted_for(seed):
    import random

    chance = random.Random(seed)
    rows = assembler(a={"tag": "T", "dead_band": 0.3, "silence_s": 5}, b="P", c="T")
    made = 0
    for step in range(30):
        count = chance.randint(0, 20)
        tags = [chance.choice("TPX") for _ in range(count)]
        times = [at(step + chance.uniform(-3, 1)) for _ in range(count)]
        batch = readings(tags, times, [chance.random() for _ in tags], [chance.choice([0, 0, 1, 2]) for _ in tags])
        made += sum(each.num_rows for each in rows.take(batch, float(step)).values())
    made += sum(each.num_rows for each in rows.close(0.0, everything=True).values())
    counts = rows.counts
    parts = counts.used + counts.unmapped + counts.again + counts.in_dead_band + counts.superseded + counts.bad
    assert (counts.taken, len(rows.open), counts.rows) == (parts, 0, made)
