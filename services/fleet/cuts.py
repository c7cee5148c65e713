"""Which rows of many assets: positions and flags over rows that lie asset after asset. No values, no meaning."""

import numpy as np


def thinned(offsets: np.ndarray, chosen: np.ndarray, at_most: int | np.ndarray, burst: int) -> np.ndarray:
    """`chosen` with at most `at_most` rows an asset (one number, or int64 [assets]), evenly spread in bursts of
    neighbouring rows."""
    counts = np.diff(offsets)
    most = np.repeat(np.broadcast_to(at_most, counts.shape), counts)
    before = np.concatenate([[0], np.cumsum(chosen)])
    rank = (before[:-1] - np.repeat(before[offsets[:-1]], counts)) // burst
    total = np.repeat(before[offsets[1:]] - before[offsets[:-1]], counts)
    bursts = np.maximum(-(-total // burst), 1)
    kept = np.where(total <= most, bursts, np.minimum(bursts, most // burst))
    return chosen & ((rank + 1) * kept // bursts != rank * kept // bursts)


def following(chosen: np.ndarray) -> np.ndarray:
    """int64 [rows]: the position of the first chosen row from here on; the number of rows where there is none."""
    at = np.where(chosen, np.arange(len(chosen)), len(chosen))
    return np.minimum.accumulate(at[::-1])[::-1]


def leading(offsets: np.ndarray, chosen: np.ndarray, reach: int) -> np.ndarray:
    """bool [rows]: the row is at most `reach` rows before a chosen one of the same asset."""
    ahead = following(chosen)
    end = np.repeat(offsets[1:], np.diff(offsets))
    return ~chosen & (ahead < end) & (ahead - np.arange(len(chosen)) <= reach)


def padded_index(offsets: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """int64 [assets, widest]: positions of the chosen rows, -1 where an asset has fewer."""
    before = np.concatenate([[0], np.cumsum(chosen)])
    counts = before[offsets[1:]] - before[offsets[:-1]]
    index = np.full((len(counts), max(int(counts.max(initial=0)), 1)), -1, np.int64)
    index[np.arange(index.shape[1]) < counts[:, None]] = np.flatnonzero(chosen)
    return index
