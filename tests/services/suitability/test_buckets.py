from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from services.suitability.buckets import Rows, grid, ladder, share_inside, summarise, united, usual_period
from services.suitability.contracts import CustomFactor

SECOND = 1_000_000


def test_the_ladder_keeps_3000_buckets_and_10_rows_where_there_are_enough():
    day = 86_400 * SECOND
    assert ladder(30 * day, 60 * SECOND) == 900 * SECOND
    assert ladder(1200 * SECOND, SECOND) == 10 * SECOND
    assert ladder(60 * SECOND, SECOND) == SECOND
    assert ladder(60 * SECOND, 60 * SECOND) == 60 * SECOND
    assert ladder(9000 * 7 * day, 3600 * SECOND) == 21 * day


def test_the_usual_period_is_that_of_most_of_the_time():
    minute = np.arange(500) * 60
    assert usual_period(minute, 60) == 60
    assert usual_period(np.delete(minute, slice(100, 300)), 60) == 60
    archive = np.arange(1000) * 300
    live = archive[-1] + np.arange(1, 9000)
    assert usual_period(np.concatenate([archive, live]), 1) == 300
    assert usual_period(np.empty(0, np.int64), 7) == 7


def test_the_grid_covers_the_pieces_and_nothing_between():
    assert grid([(5, 21), (95, 101)], 10).tolist() == [0, 10, 20, 90, 100]


def test_a_bucket_says_what_its_rows_are():
    time = np.array([0, 1, 2, 20, 21]) * SECOND
    a = np.array([1.0, 2.0, np.nan, 5.0, 5.0])
    b = np.array([np.nan, np.nan, np.nan, 7.0, 9.0])
    custom = CustomFactor("high", "High", 0, -10.0, 1.5, 0.1, None)
    starts = grid([(0, 30 * SECOND)], 10 * SECOND)
    found = summarise(Rows(time, [a, b]), starts, 10 * SECOND, float(SECOND), np.array([True, False]), [custom])
    assert found.expected == 10
    assert found.rows.tolist() == [3, 0, 2]
    assert found.complete.tolist() == [2, 0, 2]
    assert found.count.tolist() == [[2, 0], [0, 0], [2, 2]]
    np.testing.assert_array_equal(found.mean, [[1.5, np.nan], [np.nan, np.nan], [5.0, 8.0]])
    np.testing.assert_array_equal(found.variance, [[0.25, np.nan], [np.nan, np.nan], [0.0, 1.0]])
    np.testing.assert_array_equal(found.low, [[1.0, np.nan], [np.nan, np.nan], [5.0, 7.0]])
    np.testing.assert_array_equal(found.high, [[2.0, np.nan], [np.nan, np.nan], [5.0, 9.0]])
    assert found.custom.tolist() == [[1], [0], [2]]


@given(
    values=hnp.arrays(np.float64, st.integers(0, 60), elements=st.floats(-1e6, 1e6) | st.just(np.nan)),
    length=st.integers(1, 20),
    seed=st.integers(0, 99),
)
def test_buckets_equal_a_loop_over_rows(values: np.ndarray, length: int, seed: int):
    time = np.sort(np.random.default_rng(seed).integers(0, 100, len(values)))
    starts = grid([(0, 40), (60, 90)], length)
    found = summarise(Rows(time, [values]), starts, length, 1.0, np.array([True]), [])
    for k, start in enumerate(starts):
        inside = values[(time >= start) & (time < start + length)]
        there = inside[~np.isnan(inside)]
        assert found.rows[k] == len(inside)
        assert found.complete[k] == found.count[k, 0] == len(there)
        if len(there):
            np.testing.assert_allclose(found.mean[k, 0], there.mean(), rtol=1e-9, atol=1e-6)
            assert (found.low[k, 0], found.high[k, 0]) == (there.min(), there.max())


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=6))
def test_shares_count_overlapping_time_once(spans: list[tuple[int, int]]):
    inside = {t for a, b in spans for t in range(a, b)}
    starts = np.arange(0, 60, 10)
    expected = [sum(t in inside for t in range(start, start + 10)) / 10 for start in starts]
    np.testing.assert_allclose(share_inside(spans, starts, 10), expected)
    apart = united(spans)
    assert all(a < b for a, b in apart)
    assert all(x[1] < y[0] for x, y in pairwise(apart))
