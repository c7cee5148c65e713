"""An independent detector: which buckets look unlike the others, whatever the current model says.

Features of a bucket are the mean of each signal and the logarithm of its spread within the bucket, scaled by median and
interquartile range. A principal component model is fitted to the 60 % that lie nearest (a concentration step as of
FAST-MCD, Rousseeuw & Van Driessen 1999, from a fixed start, so that the answer is always the same); a bucket is
abnormal when Hotelling's T² in the model or the squared residual Q beside it (Jackson & Mudholkar 1979) is far above
what is usual. Both limits come from the median of their cube roots and the larger of the median deviation and the upper
quartile's distance: a signal that jumps between two values is usual at both.
"""

from dataclasses import dataclass

import numpy as np

from services.suitability.buckets import Buckets

KEPT = 0.6
STEPS = 3
COMPONENTS = 12
EXPLAINED = 0.9
LIMIT = 5.0
"""Robust deviations of the cube root of T² or of Q above the median."""
CLIP = 30.0
_FEWEST = 12
FEWEST_TOLD = 24
TOLD = 0.25
TOLD_FACTOR = 1.5
"""Where normal buckets are known, those are abnormal that lie this far above the 99 % quantile of them."""


@dataclass(frozen=True, slots=True)
class Outliers:
    abnormal: np.ndarray
    """bool [n]"""
    place: np.ndarray
    """float64 [n, ≤ 12]: the bucket in the space of the components, each in units of its spread; 0 where empty."""
    center: np.ndarray
    """float64 [s]: median of each signal's bucket means."""
    spread: np.ndarray
    """float64 [s]: robust spread of each signal's bucket means."""


def quartiles(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """25 %, 50 % and 75 % of each column [s], NaN left out; NaN for a column without a value."""
    ordered = np.sort(values, axis=0)
    number = np.isfinite(values).sum(0)

    def at(share: float) -> np.ndarray:
        place = share * np.maximum(number - 1, 0)
        below = np.floor(place).astype(int)
        above = np.minimum(below + 1, np.maximum(number - 1, 0))
        a = np.take_along_axis(ordered, below[None], 0)[0]
        b = np.take_along_axis(ordered, above[None], 0)[0]
        return a + (b - a) * (place - below)

    if not len(values):
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing, nothing
    return at(0.25), at(0.5), at(0.75)


def scaled(values: np.ndarray, floor: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(values in spreads from the median, clipped, 0 where missing; median [s]; spread [s])."""
    low, middle, high = quartiles(values)
    spread = np.fmax(np.fmax((high - low) / 1.349, floor), 1e-3 * np.abs(middle))
    spread = np.where(spread > 0, spread, 1.0)
    with np.errstate(invalid="ignore"):
        z = np.clip((values - middle) / spread, -CLIP, CLIP)
    return np.nan_to_num(z, copy=False), middle, spread


def detect(buckets: Buckets, normal: np.ndarray | None = None) -> Outliers:
    """Which buckets are abnormal. With fewer than 12 filled buckets nothing can be told, and none is.

    `normal` bool [n]: buckets that a person called normal. If they are at least 24 and a quarter of all, they alone say
    what is usual.
    """
    n = len(buckets.start)
    within = np.sqrt(buckets.variance)
    z, center, spread = scaled(buckets.mean, np.zeros(buckets.mean.shape[1]))
    filled = buckets.rows > 0
    if filled.sum() < _FEWEST:
        return Outliers(np.zeros(n, bool), np.zeros((n, 1)), center, spread)
    features = [z[filled]]
    if np.median(buckets.rows[filled]) >= 8:
        level = np.log(within + 0.1 * np.nan_to_num(quartiles(within)[1]) + 1e-12)
        features.append(scaled(level[filled], np.full(within.shape[1], 0.05))[0])
    x = np.concatenate(features, axis=1)
    told = None if normal is None or normal[filled].sum() < max(FEWEST_TOLD, TOLD * filled.sum()) else normal[filled]
    t2, q, place = _fitted(x, told)
    flags = np.zeros(n, bool)
    flags[filled] = _far(t2, told) | _far(q, told)
    where = np.zeros((n, place.shape[1]))
    where[filled] = place
    return Outliers(flags, where, center, spread)


def _fitted(x: np.ndarray, told: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """T² [n], Q [n], places [n, c] of all rows, by a model of those told to be normal or of the nearest ones."""
    keep = max(int(KEPT * len(x)), min(len(x), _FEWEST))
    distance = np.minimum(np.abs(x), 5).mean(1)
    t2 = q = np.zeros(len(x))
    place = np.zeros((len(x), 1))
    for _ in range(STEPS):
        near = x[np.argsort(distance, kind="stable")[:keep]] if told is None else x[told]
        middle = near.mean(0)
        values, vectors = _components(near - middle)
        moved = x - middle
        along = moved @ vectors
        place = along / np.sqrt(values)
        t2 = (place**2).mean(1)
        q = np.maximum((moved**2).sum(1) - (along**2).sum(1), 0) / x.shape[1]
        distance = t2 / max(float(np.median(t2)), 1e-12) + q / max(float(np.median(q)), 1e-12)
    return t2, q, place


def _components(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(variances [c], directions [features, c]) that explain 90 %, at most 12."""
    wide = x.shape[1] > len(x)
    square = (x @ x.T if wide else x.T @ x) / len(x)
    values, vectors = np.linalg.eigh(square)
    values, vectors = values[::-1], vectors[:, ::-1]
    values = np.maximum(values, 0)
    total = max(float(values.sum()), 1e-12)
    number = min(int(np.searchsorted(np.cumsum(values) / total, EXPLAINED)) + 1, COMPONENTS, len(values))
    values, vectors = np.maximum(values[:number], 1e-6 * total + 1e-12), vectors[:, :number]
    if wide:
        vectors = x.T @ vectors / np.sqrt(values * len(x))
    return values, vectors


def _far(distance: np.ndarray, told: np.ndarray | None) -> np.ndarray:
    """Which lie too far; the cube root of a sum of squares is nearly normal (Wilson & Hilferty 1931)."""
    level = np.cbrt(distance)
    if told is not None:
        return level > np.quantile(level[told], 0.99) * np.cbrt(TOLD_FACTOR)
    middle, upper = np.quantile(level, [0.5, 0.75])
    deviation = 1.4826 * max(float(np.median(np.abs(level - middle))), float(upper - middle))
    return level > middle + LIMIT * max(deviation, 0.1 * float(middle))
