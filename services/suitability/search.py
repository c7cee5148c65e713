"""The nearest range that suits better, and the one that would suit best.

Bounds are laid over the study's buckets, at even distances and wherever something begins or ends that a factor counts;
all pairs of them are measured at once.
"""

import numpy as np

from services.suitability.contracts import FactorCode
from services.suitability.factors import likeness, measure, totals, worst
from services.suitability.study import Study

BOUNDS = 96
EDGES = 48
AGE = 0.1
"""What each doubling of the range costs, on the scale of penalties."""
SHORT = 0.5
"""What each halving below recent production costs."""
MARGIN = 1.25


def bounds(study: Study, *own: int) -> np.ndarray:
    """Positions of bounds, in order, at most 96 + 48 and those given."""
    n = len(study.buckets.start)
    even = np.linspace(0, n, min(BOUNDS, n + 1)).round().astype(int)
    bad = np.zeros(n, bool)
    for flags in study.flags.values():
        bad |= flags if flags.ndim == 1 else flags[:, study.subject.essential].any(1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(np.int8), [0]])))
    if len(edges) > EDGES and own:
        near = np.abs(edges[:, None] - np.array(own)).min(1)
        edges = edges[np.argsort(near, kind="stable")[:EDGES]]
    return np.unique(np.concatenate([even, edges[:EDGES], np.array(own, int)]))


def nearest_better(study: Study, i: int, j: int, severity: int) -> tuple[int, int, int] | None:
    """(i, j, severity) of the range of the best verdict that there is, if better than `severity`, which is the
    nearest: whose bounds are moved least, counted in buckets. None begins before the newest change of the asset's
    normal, not even by as little as the verdict forgives."""
    begin = _present_regime(study)
    if severity == 0 or begin == len(study.buckets.start):
        return None
    place = bounds(study, i, j, begin)
    place = place[place >= begin]
    a, b = (place[k] for k in np.triu_indices(len(place), 1))
    found = worst(measure(study, totals(study, a, b)))
    best = int(found.min())
    if best >= severity:
        return None
    far = np.where(found == best, np.abs(a - i) + np.abs(b - j), np.iinfo(np.int64).max)
    k = int(far.argmin())
    return int(a[k]), int(b[k]), best


def _present_regime(study: Study) -> int:
    """The first bucket that lies wholly in it; the number of buckets where none does."""
    before = np.flatnonzero(study.flags[FactorCode.OTHER_REGIME])
    return int(before[-1]) + 1 if len(before) else 0


def preferred(study: Study) -> tuple[int, int]:
    """The range that suits best among those that end with the study: of the best verdict, with the least sum of
    penalties, unlikeness to recent production and age; among equals the longest.

    Age is what is longer than recent production and a quarter: rows that no factor asks for are about another time.
    What is shorter than recent production has not seen all of it.
    """
    last = len(study.buckets.start)
    begin = bounds(study)
    begin = begin[begin < last]
    ranges = totals(study, begin, np.full(len(begin), last))
    measured = measure(study, ranges)
    cost = sum((one.penalty for one in measured.values()), np.zeros(len(begin))) + 1 - likeness(study, ranges)
    longer = np.log2(np.maximum(ranges.of["rows"], 1) / max(study.recent_rows, 1))
    cost += AGE * np.maximum(longer - np.log2(MARGIN), 0) + SHORT * np.maximum(-longer, 0)
    cost += 100.0 * worst(measured)
    return int(begin[int(cost.round(3).argmin())]), last
