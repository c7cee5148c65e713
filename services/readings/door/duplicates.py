"""Rows of a block that repeat an asset and time."""

import numpy as np

_LARGEST = 2**62


def repeated(series: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Row numbers, ascending, of rows whose (series, time) stood earlier in the block; the first one counts.

    series: whole numbers ≥ 0 [rows]; time: int64 [rows]. Rows already in order cost one pass.
    """
    if len(time) < 2:
        return np.empty(0, np.int64)
    key = composite(series, time)
    if key is None:
        order = np.lexsort((time, series))
        same = (np.diff(series[order]) == 0) & (np.diff(time[order]) == 0)
        return np.sort(order[1:][same])
    if (key[1:] > key[:-1]).all():
        return np.empty(0, np.int64)
    ordered = np.sort(key)
    if (ordered[1:] != ordered[:-1]).all():
        return np.empty(0, np.int64)
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    return np.sort(order[1:][same])


def composite(series: np.ndarray, time: np.ndarray) -> np.ndarray | None:
    """(time, series) as one int64, ordered by time first; None where that would overflow."""
    first, width = int(time.min()), int(series.max()) + 1
    if (int(time.max()) - first + 1) * width >= _LARGEST:
        return None
    return (time - first) * width + series
