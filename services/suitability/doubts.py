"""Doubts about units and clocks: what a sensor cannot say by itself, since every value is possible.

**Units.** A bucket of a signal is doubtful when its mean lies far from the signal's usual level and comes back to it by
one of the conversions that people forget, or by the inverse of one.

**Clocks.** A clock that was set is found by the daily pattern: the profiles of the days before and after a midnight
match best when one is shifted by an hour. Sampling is found by rows: twice as many (an hour that was written twice), or
a number of rows that is steadily another than the usual one.
"""

from dataclasses import dataclass

import numpy as np

from services.suitability.buckets import Buckets
from services.suitability.contracts import CONVERSIONS
from services.suitability.outliers import Outliers

DAY = 86_400_000_000
HOUR = 3_600_000_000
_FAR, _NEAR = 12.0, 3.0
_PROFILE_DAYS = 7
_FEWEST_DAYS = 5
_DAILY = 0.35
_GAIN = 0.06
_ALIKE = 0.9
"""Correlation from which two profiles are the same pattern: a weak one drifts, which is no clock."""


@dataclass(frozen=True, slots=True)
class UnitDoubt:
    """int8 [n, s]: 1 + the position of the conversion, 0 where there is no doubt."""

    which: np.ndarray


def units(buckets: Buckets, outliers: Outliers) -> UnitDoubt:
    center, spread = outliers.center, outliers.spread
    which = np.zeros(buckets.mean.shape, np.int8)
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.abs(buckets.mean - center) / spread
        telling = np.abs(center) > 8 * spread
        far = (away > _FAR) & np.isfinite(buckets.mean)
        columns = np.flatnonzero(far.any(0))
        if not len(columns):
            return UnitDoubt(which)
        best = np.full((len(which), len(columns)), _NEAR)
        for number, (_, factor, offset) in enumerate(CONVERSIONS, 1):
            back = (buckets.mean[:, columns] - offset) / factor
            distance = np.abs(back - center[columns]) / spread[columns]
            usable = telling[columns] if offset == 0 else np.abs(offset) > _FAR * spread[columns]
            better = far[:, columns] & usable & (distance < best)
            best = np.where(better, distance, best)
            which[:, columns] = np.where(better, number, which[:, columns])
    return UnitDoubt(_lasting(which))


def _lasting(which: np.ndarray) -> np.ndarray:
    """Without what lasts less than three buckets: a unit is changed by a person, and stays changed."""
    same = np.zeros((len(which) + 3, which.shape[1]), bool)
    same[1 : len(which)] = (which[1:] == which[:-1]) & (which[1:] > 0)
    before, here, after, later = same[:-3], same[1:-2], same[2:-1], same[3:]
    with_two = (here & after) | (before & here) | (after & later)
    return np.where(with_two[: len(which)], which, 0).astype(np.int8)


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """A place where the clock or the sampling changed."""

    kind: str
    """`shifted`, `doubled`, `sampling`."""
    time: int
    end: int
    amount: float
    """Hours of the shift; rows for each one expected."""


def clocks(buckets: Buckets) -> tuple[ClockDoubt, ...]:
    return (*shifts(buckets), *_sampling(buckets))


def shifts(buckets: Buckets) -> tuple[ClockDoubt, ...]:
    """Midnights at which the daily pattern moves by an hour against the days before."""
    if buckets.length > HOUR or HOUR % buckets.length or not len(buckets.start):
        return ()
    slots, step = DAY // buckets.length, HOUR // buckets.length
    day0 = int(buckets.start[0] // DAY)
    days = int(buckets.start[-1] // DAY) - day0 + 1
    if days < 2 * _FEWEST_DAYS or not (buckets.rows > 0).any():
        return ()
    total = np.full((days * slots, buckets.mean.shape[1]), np.nan)
    total[(buckets.start - day0 * DAY) // buckets.length] = buckets.mean
    by_day = total.reshape(days, slots, -1)
    there = np.isfinite(by_day)
    by_day = by_day - by_day.sum((0, 1), where=there) / np.maximum(there.sum((0, 1)), 1)
    value = np.concatenate([np.zeros((1, *by_day.shape[1:])), np.cumsum(np.where(there, by_day, 0), axis=0)])
    number = np.concatenate([np.zeros((1, *by_day.shape[1:])), np.cumsum(there, axis=0)])
    middle = np.arange(_FEWEST_DAYS, days - _FEWEST_DAYS + 1)
    before, after = np.maximum(middle - _PROFILE_DAYS, 0), np.minimum(middle + _PROFILE_DAYS, days)
    old = _ratio(value[middle] - value[before], number[middle] - number[before])
    new = _ratio(value[after] - value[middle], number[after] - number[middle])
    variance = _variance(by_day.reshape(-1, by_day.shape[2]), 0)
    daily = np.minimum(_variance(old, 1), _variance(new, 1)) / np.where(variance > 0, variance, np.inf)
    moved = np.stack([_match(old, np.roll(new, -k * step, axis=1)) for k in (1, -1)])
    gains = np.where(moved >= _ALIKE, moved - _match(old, new), np.minimum(moved - _match(old, new), 0))
    gains = np.where(daily > _DAILY, gains, np.nan)
    some = np.asarray(np.isfinite(gains).any(axis=2))
    # Every signal of a clock that was set is shifted, but only those with sharp patterns show it well.
    half, most = np.nanquantile(np.where(some[..., None], gains, 0.0), [0.5, 0.75], axis=2)
    gain = np.where(some & (half > 0), most, -1.0)
    return tuple(_peaks(gain, middle, day0))


def _variance(values: np.ndarray, axis: int) -> np.ndarray:
    """Of what is there; 0 where nothing is."""
    there = np.isfinite(values)
    number = np.maximum(there.sum(axis, keepdims=True), 1)
    away = np.where(there, values - np.where(there, values, 0).sum(axis, keepdims=True) / number, 0)
    return (away**2).sum(axis) / number.squeeze(axis)


def _ratio(total: np.ndarray, number: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(number > 0, total / number, np.nan)


def _match(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlation over the slots of a day, [midnights, signals]; NaN where a profile is not whole."""
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))


def _peaks(gain: np.ndarray, middle: np.ndarray, day0: int) -> list[ClockDoubt]:
    """Of midnights near one another the one with the largest gain."""
    found: list[ClockDoubt] = []
    best = gain.max(0)
    while len(best) and best.max() > _GAIN:
        place = int(best.argmax())
        time = (day0 + int(middle[place])) * DAY
        found.append(ClockDoubt("shifted", time, time + DAY, 1.0 if gain[0, place] >= gain[1, place] else -1.0))
        best = np.where(np.abs(middle - middle[place]) <= _PROFILE_DAYS, -1.0, best)
    return sorted(found, key=lambda one: one.time)


def _sampling(buckets: Buckets) -> list[ClockDoubt]:
    """Stretches with another number of rows than usual, from an hour (or three buckets) on."""
    if buckets.expected < 2:
        return []
    share = buckets.rows / buckets.expected
    found: list[ClockDoubt] = []
    fewest = max(3, -(-HOUR // buckets.length)) if buckets.length < HOUR else 1
    for kind, flags in (
        ("doubled", buckets.rows > 1.5 * buckets.promised),
        ("sampling", _steadily_slow(buckets, share)),
    ):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
        for a, b in edges.reshape(-1, 2):
            if b - a >= fewest:
                amount = float(np.median(buckets.rows[a:b])) / (
                    buckets.promised if kind == "doubled" else buckets.expected
                )
                found.append(ClockDoubt(kind, int(buckets.start[a]), int(buckets.end[b - 1]), amount))
    return found


def _steadily_slow(buckets: Buckets, share: np.ndarray) -> np.ndarray:
    """Buckets between neighbours with the same number of rows, which is well below the usual one."""
    same = np.abs(np.diff(buckets.rows)) <= 1
    beside = np.concatenate([[False], same]) & np.concatenate([same, [False]])
    return beside & (buckets.rows >= 2) & (share < 0.67)
