"""Identifiers."""

from datetime import UTC, datetime

from services.kernel.ids import made_at, new_id


def test_ids_are_version_7_and_ordered_by_time(monkeypatch):
    made = []
    for nanoseconds in (1_700_000_000_000_000_000, 1_700_000_000_001_000_000):
        monkeypatch.setattr("services.kernel.ids.time.time_ns", lambda fixed=nanoseconds: fixed)
        made.append(new_id())
    assert [(each.version, each.variant) for each in made] == [(7, "specified in RFC 4122")] * 2
    assert [each.int >> 80 for each in made] == [1_700_000_000_000, 1_700_000_000_001]
    assert made[0] < made[1]
    assert made_at(made[1]) == datetime(2023, 11, 14, 22, 13, 20, 1000, UTC)


def test_ids_do_not_repeat():
    assert len({new_id() for _ in range(10_000)}) == 10_000
