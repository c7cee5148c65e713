"""What one asset's buckets tell before anybody picks a range, with running sums: ranges cost next to nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from services.suitability.buckets import Buckets, share_inside
from services.suitability.contracts import CustomFactor, FactorCode, KnownEvents
from services.suitability.doubts import DAY, ClockDoubt, clocks, units
from services.suitability.outliers import Outliers, detect
from services.suitability.regimes import regimes

_FEWEST_OF_REGIME = 24
"""Buckets of a time between two replacements from which the detector can tell what is usual there."""
_LIVELY = 0.95
_STILL_RUN = 6
_FEWEST_MOVING = 12
_TYPICAL = 0.5


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: the signals of the contract in order, and what the model to be trained needs."""

    signals: tuple[str, ...]
    essential: np.ndarray
    """bool [s]"""
    optional: np.ndarray
    """bool [s]"""
    fewest_rows: int
    """Below this nothing can be trained."""
    enough_rows: int
    """Below this training needs care."""
    custom: tuple[CustomFactor, ...] = ()
    titles: tuple[str, ...] = ()
    """Of the signals, for people; empty: their keys."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The current model's answers: `time` int64 µs [rows] in order, `value` float [rows], above 1 is abnormal."""

    time: np.ndarray
    value: np.ndarray


@dataclass(frozen=True, slots=True)
class Study:
    buckets: Buckets
    subject: Subject
    flags: dict[str, np.ndarray]
    """By factor: which buckets show it, bool [n] or by signal bool [n, s]."""
    sums: dict[str, np.ndarray]
    """Running sums [n + 1, …] in rows."""
    clock: tuple[ClockDoubt, ...]
    recent: np.ndarray
    """Share of recent production in each regime [k]; sums to 1, or empty."""
    recent_rows: int
    conversions: np.ndarray
    """int8 [n, s], as `UnitDoubt`."""
    scored: bool
    newest_row: int | None = None
    """Time of the newest row that there is, µs."""

    def bounds(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions i, j of the buckets whose middle lies in start ≤ time < end. Where no row comes after the end, the
        bucket that it cuts is whole: a machine that is minutes old has all of its rows in that one."""
        middle = self.buckets.start + self.buckets.length // 2
        if self.newest_row is not None:
            end = np.where(end > self.newest_row, end + self.buckets.length, end)
        return np.searchsorted(middle, start), np.searchsorted(middle, end)


def study(
    buckets: Buckets,
    subject: Subject,
    known: KnownEvents,
    recent_from: int,
    scores: Scores | None = None,
    newest_row: int | None = None,
) -> Study:
    """`recent_from`: since when production counts as recent; `newest_row`: of all that there are. Both in µs."""
    start, length = buckets.start, buckets.length
    rows = buckets.rows.astype(np.float64)
    normal = share_inside(known.normal, start, length) > 0.5
    outliers = detect(buckets, normal)
    odd = _odd(buckets, known.replaced, outliers, normal) & ~normal
    core, abnormal = (share_inside(spans, start, length) for spans in (known.core, known.abnormal))
    doubts = units(buckets, outliers)
    doubted = doubts.which > 0
    still = stillness(buckets)
    newest = max(known.replaced, default=None)
    before = np.zeros(len(start)) if newest is None else share_inside([(int(start[0]), newest)], start, length)
    spoilt = np.maximum(np.maximum(core, abnormal), (odd | doubted.any(1)).astype(float))
    label = regimes(outliers.place, (buckets.rows > 0) & ~odd & (abnormal < _TYPICAL))
    groups = label[:, None] == np.arange(label.max(initial=-1) + 1)
    recent_from = max(recent_from, newest or recent_from)
    lately = (start + length > recent_from)[:, None] * groups * rows[:, None]
    scored, alarmed = _by_bucket(buckets, scores, normal)
    parts: dict[str, np.ndarray] = {
        "rows": rows,
        "short": np.clip(1 - rows / max(buckets.expected, 1.0), 0, 1),
        "complete": buckets.complete,
        "count": buckets.count,
        "still": still * buckets.count,
        "units": doubted * buckets.count,
        "groups": groups * rows[:, None],
        "scored": scored,
        FactorCode.MODEL_ABNORMAL: alarmed,
        FactorCode.CORE_EVENTS: core * rows,
        FactorCode.KNOWN_ABNORMAL: abnormal * rows,
        FactorCode.OUTLIERS: odd * rows,
        FactorCode.CONTAMINATION: spoilt * rows,
        "other": before * rows,
        "custom": buckets.custom,
    }
    flags: dict[str, np.ndarray] = {
        FactorCode.DEAD: still,
        FactorCode.CORE_EVENTS: core > 0,
        FactorCode.OTHER_REGIME: before > 0,
        FactorCode.KNOWN_ABNORMAL: abnormal > 0,
        FactorCode.MODEL_ABNORMAL: alarmed > 0.5 * np.maximum(scored, 1),
        FactorCode.OUTLIERS: odd,
        FactorCode.CONTAMINATION: spoilt > 0,
        FactorCode.UNITS: doubted,
        **_counted(buckets, subject),
    }
    sums = {name: _running(values) for name, values in parts.items()}
    recent_rows = int(buckets.rows[start + length > recent_from].sum())
    clock, recent = _clocks(buckets, known.replaced), _shares(lately.sum(0))
    return Study(
        buckets, subject, flags, sums, clock, recent, recent_rows, doubts.which, scores is not None, newest_row
    )


def _shares(total: np.ndarray) -> np.ndarray:
    """Empty where there is nothing to share."""
    return total / total.sum() if total.sum() > 0 else np.zeros(0)


def _clocks(buckets: Buckets, replaced: Sequence[int]) -> tuple[ClockDoubt, ...]:
    """Doubts about the clock; a new part changes the days too, so near one their pattern says nothing."""
    week = 7 * DAY
    found = clocks(buckets)
    return tuple(one for one in found if one.kind != "shifted" or all(abs(one.time - at) > week for at in replaced))


def _counted(buckets: Buckets, subject: Subject) -> dict[str, np.ndarray]:
    """Flags that follow from numbers of rows alone."""
    return {
        FactorCode.GAPS: buckets.rows < 0.5 * max(buckets.expected, 1.0),
        FactorCode.MISSING: buckets.count < 0.5 * buckets.rows[:, None],
        FactorCode.COVERAGE: buckets.complete < 0.5 * buckets.rows,
        **{
            factor.key: buckets.custom[:, k] > 0.5 * np.maximum(buckets.rows, 1)
            for k, factor in enumerate(subject.custom)
        },
    }


def _running(values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0, dtype=np.float64)])


def _odd(buckets: Buckets, replaced: Sequence[int], whole: Outliers, normal: np.ndarray) -> np.ndarray:
    """Abnormal buckets; what is usual is another thing before and after a part was replaced."""
    if not replaced:
        return whole.abnormal
    cuts = [0, *np.searchsorted(buckets.start, sorted(replaced)), len(buckets.start)]
    odd = np.zeros(len(buckets.start), bool)
    for a, b in pairwise(cuts):
        if (buckets.rows[a:b] > 0).sum() >= _FEWEST_OF_REGIME:
            odd[a:b] = detect(_slice(buckets, a, b), normal[a:b]).abnormal
    return odd


def _slice(buckets: Buckets, a: int, b: int) -> Buckets:
    part = slice(a, b)
    return replace(
        buckets,
        **{
            name: getattr(buckets, name)[part]
            for name in ("start", "rows", "complete", "count", "mean", "variance", "low", "high", "custom")
        },
    )


def stillness(buckets: Buckets) -> np.ndarray:
    """Where a signal that else always moves stands still, bool [n, s]: at least 6 buckets one after the other without
    another value, in a signal that moves in 95 % of its other buckets."""
    n, s = buckets.mean.shape
    if not n:
        return np.zeros((0, s), bool)
    there = buckets.count > 0
    with np.errstate(invalid="ignore"):
        moved = (buckets.high > buckets.low) & there
        moved[1:] |= there[1:] & there[:-1] & (buckets.mean[1:] != buckets.mean[:-1])
    still = there & ~moved
    place = np.arange(n)[:, None]
    since = np.maximum.accumulate(np.where(still, -1, place), axis=0)
    until = np.minimum.accumulate(np.where(still, n, place)[::-1], axis=0)[::-1]
    long = still & (until - since - 1 >= _STILL_RUN)
    other = (there & ~long).sum(0)
    lively = (moved.sum(0) >= _FEWEST_MOVING) & (moved.sum(0) >= _LIVELY * np.maximum(other, 1))
    return long & lively


def _by_bucket(buckets: Buckets, scores: Scores | None, normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(scored rows [n], those found abnormal [n]); rows that a person calls normal are not found abnormal."""
    if scores is None:
        return np.zeros(len(buckets.start)), np.zeros(len(buckets.start))
    valued = np.isfinite(scores.value)
    time = scores.time[valued]
    first, last = np.searchsorted(time, buckets.start), np.searchsorted(time, buckets.end)
    high = np.concatenate([[0], np.cumsum(scores.value[valued] > 1)])
    return (last - first).astype(float), np.where(normal, 0.0, (high[last] - high[first]).astype(float))
