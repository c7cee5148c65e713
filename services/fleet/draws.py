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
    row = np.arange(width, dtype=np.uint32)
    keys = combine(combine(seeds, epoch)[:, None], row[None, :])
    keys[row[None, :] >= rows[:, None]] = np.uint32(0xFFFFFFFF)
    return np.argsort(keys, axis=1, kind="stable")
