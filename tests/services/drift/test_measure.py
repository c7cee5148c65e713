"""The measure on planted cases, to the digit where it can be counted by hand."""

from typing import Any

import numpy as np
import pytest

from services.drift.contracts import FINDINGS, Finding
from services.drift.judge import UNITS, Found, judge
from services.drift.measure import LEAST, Reference, Spread, figure, reference, spread
from services.drift.student import outside, quantile

A_DAY = 144


@pytest.mark.parametrize(
    ("share", "freedom", "expected"),
    [(0.05, 1, 12.7062), (0.05, 2, 4.3027), (0.05, 5, 2.5706), (0.01, 10, 3.1693), (0.001, 27, 3.6896)],
)
def test_quantiles_of_students_t_are_those_of_the_tables(share: float, freedom: int, expected: float) -> None:
    assert quantile(share, freedom) == pytest.approx(expected, abs=5e-5)
    assert outside(quantile(share, freedom), freedom) == pytest.approx(share)


def test_quantiles_are_of_each_group_and_leave_out_what_is_missing() -> None:
    value = np.array([5.0, np.nan, 1.0, 7.0, 7.0, np.inf])
    found = spread(np.array([0, 0, 0, 2, 2, 2]), value, 4)
    assert found.count.tolist() == [2, 0, 2, 0]
    assert found.flat.tolist() == [False, False, True, False]
    assert found.quantiles[0].tolist() == (1 + 4 * (np.arange(32) + 0.5) / 32).tolist()
    assert np.isnan(found.quantiles[[1, 3]]).all()
    assert set(found.quantiles[2]) == {7.0}


def of_days(days: np.ndarray, signals: int = 1) -> Reference:
    """Of one asset, [days, rows]."""
    n, rows = days.shape
    block = np.repeat(np.arange(n), rows)
    return reference(np.zeros(n * rows, np.int64), block, days.ravel(), (1, n), signals)


def newest(values: Any) -> Spread:
    values = np.asarray(values, float)
    return spread(np.zeros(len(values), np.int64), values, 1)


ALIKE = np.tile(np.arange(100.0), (10, 1))
"""Ten days that are all the same: 0 to 99."""
SCALE = 28.5649
"""Of their quantiles, which lie 99 / 32 apart: 99 / 32 × √((32² - 1) / 12)."""


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (np.arange(100.0), 0.0),
        (np.arange(100.0) + SCALE, 1.0),
        (np.arange(100.0) - 2 * SCALE, 2.0),
        (np.full(100, 49.5), 0.8664),
        (np.append(np.arange(99.0), 1e9), 0.0),
    ],
    ids=["the same", "by one spread", "by two", "no spread left", "one wild row"],
)
def test_a_figure_is_the_distance_in_spreads(now: np.ndarray, expected: float) -> None:
    whole = newest(np.arange(100.0)).quantiles
    assert np.std(whole) == pytest.approx(SCALE, abs=1e-4)
    one = np.ones(1)
    found = Reference(whole, SCALE * one, one, one > 0)
    assert figure(newest(now).quantiles, found)[0] == pytest.approx(expected, abs=5e-5)


def test_days_that_are_all_the_same_have_the_least_limit() -> None:
    assert of_days(ALIKE).limit.tolist() == [LEAST]


def test_the_limit_is_what_one_more_day_would_keep_to() -> None:
    """Days that lie 0 and 10 by turns: each 5 from the middle, so the figures are nearly the same."""
    days = ALIKE + 10 * (np.arange(10) % 2)[:, None]
    found = of_days(days)
    each = np.array([figure(newest(day).quantiles, found)[0] for day in days])
    by_hand = (each.mean() + quantile(0.001, 9) * each.std(ddof=1)) * np.sqrt(11 / 9)
    assert found.limit[0] == pytest.approx(max(by_hand, LEAST))


def of(found: Found) -> tuple[Finding, str | None]:
    unit = int(found.unit[0])
    return FINDINGS[found.finding[0]], None if unit < 0 else UNITS[unit]


NORMAL = np.random.default_rng(0).normal(20, 1, (14, A_DAY))
DAY = np.random.default_rng(1).normal(20, 1, A_DAY)


@pytest.mark.parametrize(
    ("days", "now", "expected"),
    [
        (NORMAL, DAY, (Finding.ALIKE, None)),
        (NORMAL, DAY + 1, (Finding.SHIFTED, None)),
        (NORMAL, (DAY - 20) * 3 + 20, (Finding.SPREAD, None)),
        (NORMAL, DAY * 1000, (Finding.UNIT, "×1000")),
        (NORMAL, DAY * 1.8 + 32, (Finding.UNIT, "°C→°F")),
        (NORMAL, DAY + 273.15, (Finding.UNIT, "°C→K")),
        (NORMAL, DAY * 14.503774, (Finding.UNIT, "bar→psi")),
        (NORMAL, DAY * 3, (Finding.SHIFTED, None)),
        (NORMAL, np.full(A_DAY, 20.0), (Finding.STILL, None)),
        (NORMAL, np.full(A_DAY, np.nan), (Finding.MISSING, None)),
        (NORMAL, np.empty(0), (Finding.MISSING, None)),
        (NORMAL, DAY[:11], (Finding.FEW_ROWS, None)),
        (np.full((14, A_DAY), 3.0), np.full(A_DAY, 4.0), (Finding.NEVER_MOVED, None)),
        (np.full((14, A_DAY), np.nan), DAY, (Finding.NO_REFERENCE, None)),
        (NORMAL[:3], DAY, (Finding.NO_REFERENCE, None)),
    ],
    ids=[
        "sound", "shift", "scale", "×1000", "Fahrenheit", "Kelvin", "psi", "three times is no unit", "stuck",
        "no value",
        "no row", "few rows", "never moved", "none in the reference", "three days",
    ],
)  # fmt: skip
def test_what_is_found(days: np.ndarray, now: np.ndarray, expected: tuple[Finding, str | None]) -> None:
    found = judge(newest(now), of_days(days))
    assert of(found) == expected
    silent = expected[0] in FINDINGS[4:]
    assert np.isnan(found.figure[0]) == np.isnan(found.limit[0]) == silent


def test_a_setting_that_often_stands_still_is_compared_all_the_same() -> None:
    """Of ten days each has a setting of its own, 0 to 9: standing still at 5 is as before, at 30 it is a shift."""
    days = np.repeat(np.arange(10.0)[[3, 8, 1, 5, 0, 9, 2, 7, 4, 6], None], A_DAY, axis=1)
    assert of(judge(newest(np.full(A_DAY, 5.0)), of_days(days))) == (Finding.ALIKE, None)
    assert of(judge(newest(np.full(A_DAY, 30.0)), of_days(days))) == (Finding.SHIFTED, None)


def test_a_dead_asset_does_not_touch_another() -> None:
    place = np.repeat([0, 1], NORMAL.size)
    block = np.tile(np.repeat(np.arange(14), A_DAY), 2)
    both = reference(place, block, np.append(NORMAL.ravel(), np.full(NORMAL.size, np.nan)), (2, 14), 1)
    alone = of_days(NORMAL)
    for name in ("quantiles", "scale", "limit", "lively"):
        assert np.array_equal(getattr(both, name)[:1], getattr(alone, name))
    now = spread(np.repeat([0, 1], A_DAY), np.append(DAY + 1, DAY), 2)
    assert [FINDINGS[one] for one in judge(now, both).finding] == [Finding.SHIFTED, Finding.NO_REFERENCE]


def wandering(seed: int, assets: int, rows: int, alike: float) -> np.ndarray:
    """[assets, rows] of an autoregression of order 1 whose neighbours correlate by `alike`, with spread 1."""
    draws = np.random.default_rng(seed).normal(0, 1, (rows, assets))
    found = np.empty((rows, assets))
    found[0] = draws[0]
    for row in range(1, rows):
        found[row] = alike * found[row - 1] + np.sqrt(1 - alike**2) * draws[row]
    return found.T


@pytest.mark.parametrize(
    ("alike", "most_false", "least_noticed"), [(0.0, 1, 1.0), (0.9, 2, 0.9), (0.98, 2, 0.2), (0.998, 5, 0.0)]
)
def test_what_wanders_by_itself_is_no_drift(alike: float, most_false: int, least_noticed: float) -> None:
    """800 assets (four seeds of 200) that nothing happened to, 28 days of 48 rows and one a week later, limits as for
    ten signals: at most so many false drifts. With 0.998 the wandering lasts ten days. Of those that moved by three
    spreads a share is noticed; so far as signals wander by themselves, nothing can be."""
    false = noticed = 0
    for seed in range(4):
        assets, days, rows_a_day = 200, 28, 48
        rows = wandering(seed, assets, (days + 7) * rows_a_day, alike)
        place = np.repeat(np.arange(assets), days * rows_a_day)
        block = np.tile(np.repeat(np.arange(days), rows_a_day), assets)
        before = reference(place, block, rows[:, : days * rows_a_day].ravel(), (assets, days), 10)
        last, who = rows[:, -rows_a_day:], np.repeat(np.arange(assets), rows_a_day)
        for moved in (0, 3):
            found = spread(who, (last + moved).ravel(), assets)
            over = int((figure(found.quantiles, before) > before.limit).sum())
            false, noticed = (false + over, noticed) if moved == 0 else (false, noticed + over)
    assert false <= most_false
    assert noticed / 800 >= least_noticed
