"""How good a detector is, by the figures its field reports. Pure functions of arrays."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Quality:
    """Rates are 0 to 1. `auc` is the mean over files of the area under the ROC curve."""

    f1: float
    false_alarms: float
    """Share of normal rows that were flagged."""
    misses: float
    """Share of abnormal rows that were not."""
    auc: float


def roc_auc(abnormal: np.ndarray, value: np.ndarray) -> float:
    """Probability that an abnormal row has a higher value than a normal one, ties counted half (Mann-Whitney U).

    `abnormal` bool [rows], `value` float [rows]. NaN when one of the two kinds is absent.
    """
    _, inverse, counts = np.unique(value, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = int(abnormal.sum())
    negatives = len(abnormal) - positives
    if not positives or not negatives:
        return float("nan")
    return float((rank[abnormal].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def quality(files: list[tuple[np.ndarray, np.ndarray]]) -> Quality:
    """Over (abnormal [rows], value [rows]) of each file; above 1 is flagged. F1 and rates count all rows."""
    abnormal = np.concatenate([truth for truth, _ in files])
    flagged = np.concatenate([value for _, value in files]) > 1
    hits = int((flagged & abnormal).sum())
    wrong = int((flagged & ~abnormal).sum())
    missed = int((~flagged & abnormal).sum())
    return Quality(
        f1=2 * hits / (2 * hits + wrong + missed),
        false_alarms=wrong / int((~abnormal).sum()),
        misses=missed / int(abnormal.sum()),
        auc=float(np.mean([roc_auc(truth, value) for truth, value in files])),
    )
