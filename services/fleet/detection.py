"""Detection power: how well a standing shift of one signal is told from rows without it."""

import numpy as np

SHIFT = 3.0
"""Spreads by which a signal is moved."""
_ROWS = 64


def spread_rows(real: np.ndarray) -> np.ndarray:
    """int64 [n, at most 64]: positions spread over the rows of each asset; `real` is bool [n, rows]."""
    count = real.sum(axis=1)
    width = min(_ROWS, int(count.max()))
    return np.arange(width)[None, :] * np.maximum(count, 1)[:, None] // width


def told(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """float64 [n]: 2·AUC - 1 of raw scores [n, rows] with a shift against those without, none below zero. Ties count
    half; a row without a score (NaN) tells nothing apart."""
    difference = after[:, :, None] - before[:, None, :]
    auc = np.where(difference == 0, 0.5, difference > 0).mean(axis=(1, 2))
    return np.maximum(2 * auc - 1, 0)
