from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.suitability.window import DAY, HOUR, SECOND, window


def test_a_range_is_seen_with_as_much_again_and_recent_production():
    found = window([(100 * DAY, 102 * DAY)], 200 * DAY, 60 * SECOND, 10)
    (first, last), recent = found.pieces
    assert first <= 98 * DAY
    assert last >= 104 * DAY
    assert recent[1] - recent[0] == 7 * DAY
    assert 200 * DAY < recent[1] < 201 * DAY
    assert found.every == 1


def test_dragging_asks_for_the_same_part():
    asked = {window([(100 * DAY + k * HOUR, 102 * DAY + k * HOUR)], 103 * DAY, 60 * SECOND, 10) for k in range(24)}
    assert len(asked) <= 3


def test_a_long_time_is_looked_at_every_few_days():
    found = window([(0, 3000 * DAY)], 3000 * DAY, 60 * SECOND, 300)
    assert found.every > 1
    assert found.cells <= 60_000_000
    assert {b % DAY for _, b in found.seen()} == {0}
    assert {day % found.every for day in found.days()} == {0}


@given(
    start=st.integers(0, 1000 * DAY), length=st.integers(1, 400 * DAY), period=st.integers(1, 86_400),
    signals=st.integers(1, 300),
)  # fmt: skip
def test_the_range_is_always_inside(start: int, length: int, period: int, signals: int):
    found = window([(start, start + length)], start + length + 9 * DAY, period * SECOND, signals)
    assert any(a <= start and start + length <= b for a, b in found.pieces)
    assert all(x[1] < y[0] for x, y in pairwise(found.pieces))
