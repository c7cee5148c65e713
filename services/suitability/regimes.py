"""Operating regimes: groups of buckets in which the asset works alike.

k-means over the places of the normal buckets in the outlier detector's components (at most five), started from the
median bucket and then always the farthest one, so that the answer is always the same. The number of groups is the
smallest after which one more would take away less than a quarter of what is left of the squared distance, at most 8.
"""

import numpy as np

MOST = 8
GAIN = 0.25
_COMPONENTS = 5
_ROUNDS = 30


def regimes(place: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """The regime of each bucket, int64 [n], numbered by how many buckets they have; -1 where it is not normal."""
    found = np.full(len(place), -1, np.int64)
    x = np.clip(place[normal, :_COMPONENTS], -8, 8)
    if not len(x):
        return found
    middle = x[np.argmin(((x - np.median(x, axis=0)) ** 2).sum(1))]
    centers = middle[None]
    label, left = _lloyd(x, centers)
    while len(centers) < min(MOST, len(x)) and left > 1e-9 * len(x):
        more = np.concatenate([_means(x, label, len(centers)), _farthest(x, label, centers)[None]])
        next_label, next_left = _lloyd(x, more)
        if next_left > (1 - GAIN) * left:
            break
        label, left, centers = next_label, next_left, more
    size = np.bincount(label)
    rank = np.empty(len(size), np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    found[normal] = rank[label]
    return found


def _distances(x: np.ndarray, centers: np.ndarray) -> np.ndarray:
    return np.maximum((x**2).sum(1)[:, None] - 2 * x @ centers.T + (centers**2).sum(1), 0)


def _means(x: np.ndarray, label: np.ndarray, k: int) -> np.ndarray:
    return np.stack([x[label == c].mean(0) for c in range(k)])


def _farthest(x: np.ndarray, label: np.ndarray, centers: np.ndarray) -> np.ndarray:
    means = _means(x, label, len(centers))
    return x[np.argmax(((x - means[label]) ** 2).sum(1))]


def _lloyd(x: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, float]:
    """(label [n], sum of squared distances); every label has a bucket."""
    label = _distances(x, centers).argmin(1)
    for _ in range(_ROUNDS):
        kept = np.unique(label)
        label = np.searchsorted(kept, label)
        after = _distances(x, _means(x, label, len(kept))).argmin(1)
        if np.array_equal(after, label):
            break
        label = after
    kept = np.unique(label)
    label = np.searchsorted(kept, label)
    left = float(((x - _means(x, label, len(kept))[label]) ** 2).sum())
    return label, left
