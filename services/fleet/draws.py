"""Counter-based random numbers: a value depends on its key only, never on the order or the neighbours it is drawn with.

A stateful generator per asset would need a Python loop over assets; hashing (seed of the asset, epoch, row, signal)
gives all assets of a block their own stream in one array operation. The hash is `lowbias32` (C. Wellons, 2018).
"""

import hashlib
from collections.abc import Sequence

import numpy as np

_GOLDEN = np.uint32(0x9E3779B9)


def asset_seeds(seed: int, assets: Sequence[str]) -> np.ndarray:
    """uint32 [assets]: seeds that depend on the run's seed and the asset's key, not on its position."""
    digests = b"".join(hashlib.sha256(f"{seed}:{asset}".encode()).digest()[:4] for asset in assets)
    return np.frombuffer(digests, dtype="<u4").copy()


def mix(keys: np.ndarray) -> np.ndarray:
    """Hash uint32 keys in place and return them."""
    keys ^= keys >> np.uint32(16)
    keys *= np.uint32(0x7FEB352D)
    keys ^= keys >> np.uint32(15)
    keys *= np.uint32(0x846CA68B)
    keys ^= keys >> np.uint32(16)
    return keys


def combine(first: np.ndarray, second: np.ndarray | int) -> np.ndarray:
    """Hash of a pair of uint32 keys, broadcast."""
    with np.errstate(over="ignore"):
        return mix(first + np.asarray(second).astype(np.uint32) * _GOLDEN + _GOLDEN)


def permutations(seeds: np.ndarray, epoch: np.ndarray, rows: np.ndarray, width: int) -> np.ndarray:
    """Int64 [assets, width]: for each asset a permutation of its own `rows[i]` rows in its first places.

    `epoch` [assets] may differ between assets. Places beyond `rows[i]` hold the padding rows.
    """
    row = np.arange(width, dtype=np.uint64)
    keys = combine(combine(seeds, epoch)[:, None], row[None, :]).astype(np.uint64) << np.uint64(32)
    keys |= row  # one sort of whole numbers carries the row along, and leaves nothing to chance where keys are equal
    keys[row[None, :] >= rows[:, None]] |= np.uint64(0xFFFFFFFF << 32)
    keys.sort(axis=1)
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)


def kept_signals(row_keys: np.ndarray, signals: int, drop_share: float | np.ndarray) -> np.ndarray:
    """Float32 [assets, signals, rows] of 0 and 1 for keys [assets, rows]: 0 where a signal is to be hidden.

    A row hides each signal with a probability of its own, between 0 and twice `drop_share`, so that few and many
    missing signals are both met; `drop_share` may differ between assets, as [assets, 1]. A hash decides for four
    signals, a byte each: the probability counts in 256ths.
    """
    share = np.asarray(np.multiply(drop_share, 2 / 256), np.float32)
    level = ((row_keys >> np.uint32(16)) * share).astype(np.uint32)[:, None, :]
    words = np.arange(1, (signals + 3) // 4 + 1, dtype=np.uint32)[:, None]
    draws = combine(row_keys[:, None, :], words)
    kept = np.empty((len(row_keys), 4 * len(words), row_keys.shape[1]), np.float32)
    for byte in range(4):
        kept[:, byte::4] = (draws >> np.uint32(8 * byte)) & np.uint32(0xFF) >= level
    return kept[:, :signals]
