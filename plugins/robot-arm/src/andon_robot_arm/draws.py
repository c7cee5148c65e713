"""Random numbers that depend on their key only, so that a simulation is the same however it is sliced."""

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def uniform(*parts: int | np.ndarray) -> np.ndarray:
    """float64 in [0, 1) by a hash of integer parts, broadcast together: SplitMix64's finaliser (Steele, Lea and Flood
    2014) over each part."""
    state = np.zeros((), np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            state = state + np.asarray(part, np.int64).astype(np.uint64) + _GOLDEN
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(*parts: int | np.ndarray) -> np.ndarray:
    """Nearly normal float64, mean 0, deviation 1: the sum of four uniform draws."""
    return (sum(uniform(*parts, draw) for draw in range(4)) - 2) * np.sqrt(3)
