"""Random numbers that depend on their key only, so that a simulation is the same however it is sliced."""

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(keys: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser (Steele, Lea and Flood 2014)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def key(*parts: int | np.ndarray) -> np.ndarray:
    """uint64 hash of integer parts, broadcast together."""
    state = np.zeros((), np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            state = _mix(state + np.asarray(part, np.int64).astype(np.uint64) + _GOLDEN)
    return state


def uniform(keys: np.ndarray) -> np.ndarray:
    """float64 in [0, 1)."""
    return (keys >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(keys: np.ndarray) -> np.ndarray:
    """Nearly normal float64, mean 0, deviation 1, within ±4.9: the sum of the key's eight bytes (Irwin-Hall), which
    needs no logarithm for each of millions of readings."""
    total = np.zeros(keys.shape, np.float64)
    for shift in range(0, 64, 8):
        total += ((keys >> np.uint64(shift)) & np.uint64(255)).astype(np.float64)
    return (total - 8 * 127.5) / np.sqrt(8 * (256**2 - 1) / 12)


def wave(parts: tuple[int | np.ndarray, ...], at: np.ndarray, period: float) -> np.ndarray:
    """A slow random curve with a knot every `period`, smooth between them."""
    knot = np.floor(at / period)
    share = (1 - np.cos(np.pi * (at / period - knot))) / 2
    knot = knot.astype(np.int64)
    return normal(key(*parts, knot)) * (1 - share) + normal(key(*parts, knot + 1)) * share
