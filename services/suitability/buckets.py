"""One pass over the rows of an asset: what each stretch of time holds, signal by signal.

Everything that is judged later comes from here, so that a range that is dragged costs no second read. A bucket is at
least one period long; `ladder` keeps their number near `MOST`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.suitability.contracts import CustomFactor, Interval

MOST = 3_000
FEWEST = 100
ROWS = 10
"""A mean of several rows tells more than a row; one of many hides what lasts a moment."""
_SECOND = 1_000_000
_LADDER = np.array([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 10_800, 21_600, 86_400, 604_800])


@dataclass(frozen=True, slots=True)
class Rows:
    """One asset's rows in order of time: `time` int64 µs since 1970 [rows]; `columns` a float64 [rows] per signal, in
    the contract's units, NaN where missing."""

    time: np.ndarray
    columns: Sequence[np.ndarray]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Sums by bucket [n] and by bucket and signal [n, s]; NaN where there is no value."""

    start: np.ndarray
    """int64 µs [n], in order; there may be holes between."""
    length: int
    """µs."""
    expected: float
    """Rows of a bucket without gaps, at the pace that is usual."""
    promised: float
    """Rows of a bucket at the contract's pace; more are too many."""
    rows: np.ndarray
    """int64 [n]"""
    complete: np.ndarray
    """int64 [n]: rows that have every essential signal."""
    count: np.ndarray
    """int64 [n, s]: rows that have the signal."""
    mean: np.ndarray
    variance: np.ndarray
    low: np.ndarray
    high: np.ndarray
    custom: np.ndarray
    """int64 [n, f]: rows outside the bounds of a plugin's factor."""

    @property
    def end(self) -> np.ndarray:
        return self.start + self.length


def ladder(span: int, period: int) -> int:
    """Length of a bucket in µs for a span of that many: the next round number from which there are at most 3,000
    buckets and 10 rows in each, or as many rows as leave 100 buckets; at least the period."""
    least = max(span / MOST, min(ROWS * period, span / FEWEST), period)
    fitting = _LADDER[least <= _LADDER * _SECOND]
    return (
        int(fitting[0] * _SECOND)
        if len(fitting)
        else int(-(-least // (_LADDER[-1] * _SECOND))) * int(_LADDER[-1] * _SECOND)
    )


def grid(pieces: Sequence[Interval], length: int) -> np.ndarray:
    """Starts of the buckets that cover the pieces, which are in order and do not overlap; multiples of `length`."""
    starts = [np.arange(a - a % length, b, length, dtype=np.int64) for a, b in pieces]
    return np.unique(np.concatenate(starts)) if starts else np.empty(0, np.int64)


def usual_period(time: np.ndarray, promised: int) -> int:
    """The step between rows in which most of the time was spent, where that is well above the promised one; in µs.

    The ten longest steps are gaps and do not count. History that was filled from an archive has a pace of its own.
    """
    steps = np.sort(np.diff(time))[:-10]
    if not len(steps):
        return promised
    passed = np.cumsum(steps)
    usual = int(steps[np.searchsorted(passed, passed[-1] / 2)])
    return usual if usual > 1.5 * promised else promised


def summarise(
    rows: Rows,
    starts: np.ndarray,
    length: int,
    period: float,
    essential: np.ndarray,
    custom: Sequence[CustomFactor],
    promised: float | None = None,
) -> Buckets:
    """Rows outside the buckets are left out. `period` is the usual one and `promised` the contract's, in µs;
    `essential` bool [s]."""
    first = np.searchsorted(rows.time, starts)
    last = np.searchsorted(rows.time, starts + length)
    filled = np.flatnonzero(last > first)
    cuts = np.stack([first[filled], last[filled]], axis=1).ravel()
    cuts = cuts[:-1] if len(cuts) and cuts[-1] == len(rows.time) else cuts
    n, s = len(starts), len(rows.columns)

    def folded(fold: np.ufunc, values: np.ndarray) -> np.ndarray:
        return fold.reduceat(values, cuts)[::2]

    count = np.zeros((n, s), np.int64)
    mean, variance, low, high = (np.full((n, s), np.nan) for _ in range(4))
    outside = np.zeros((n, len(custom)), np.int64)
    complete = np.ones(len(rows.time), bool)
    for k, column in enumerate(rows.columns if len(filled) else ()):
        there = ~np.isnan(column)
        if essential[k]:
            complete &= there
        whole = bool(there.all())
        number = folded(np.add, there.astype(np.int64)) if not whole else (last - first)[filled]
        some = number > 0
        shift = column[there.argmax()] if some.any() else 0.0
        moved = column - shift if whole else np.where(there, column - shift, 0.0)
        total, square = folded(np.add, moved), folded(np.add, moved * moved)
        place = filled[some]
        count[filled, k] = number
        mean[place, k] = shift + total[some] / number[some]
        variance[place, k] = np.maximum(square[some] / number[some] - (total[some] / number[some]) ** 2, 0)
        low[filled, k] = folded(np.fmin, column)
        high[filled, k] = folded(np.fmax, column)
    for f, factor in enumerate(custom if len(filled) else ()):
        column = rows.columns[factor.signal]
        outside[filled, f] = folded(np.add, ((column < factor.low) | (column > factor.high)).astype(np.int64))
    full = np.zeros(n, np.int64)
    if len(filled):
        full[filled] = folded(np.add, complete.astype(np.int64))
    paces = length / period, length / (promised or period)
    return Buckets(starts, length, *paces, last - first, full, count, mean, variance, low, high, outside)


def share_inside(spans: Sequence[Interval], start: np.ndarray, length: int) -> np.ndarray:
    """Share of each bucket that lies in any of the spans, which may overlap. [n], 0 to 1."""
    covered = np.zeros(len(start))
    for a, b in united(spans):
        covered += np.clip(np.minimum(start + length, b) - np.maximum(start, a), 0, length)
    return covered / length


def united(spans: Sequence[Interval]) -> list[Interval]:
    """The same time in spans that neither overlap nor touch, in order."""
    found: list[Interval] = []
    for a, b in sorted((a, b) for a, b in spans if a < b):
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], b))
        else:
            found.append((a, b))
    return found


def runs(flags: np.ndarray, start: np.ndarray, length: int) -> list[Interval]:
    """Spans of neighbouring buckets that are flagged."""
    places = np.flatnonzero(flags)
    return united([(int(start[p]), int(start[p]) + length) for p in places])
