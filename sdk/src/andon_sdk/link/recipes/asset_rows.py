"""One asset's rows as the platform prepares them: split in time, scaled by what is trained on, thinned.

It restates what `services.fleet.prepare` does for many assets at once, for one and without labels; a test holds both
against each other. Needs numpy.
"""

from dataclasses import dataclass

import numpy as np

from andon_sdk.link.recipes.refused import RecipeRefused

CLIP = 20.0
HELD_OUT_SHARE, CALIBRATION_SHARE = 0.1, 0.25
LEAST_ROWS, MOST_TRAINED, MOST_CALIBRATION = 100, 4096, 1024
_CONSTANT = 1e-3


@dataclass(frozen=True, slots=True)
class Scaling:
    """How physical values become those a model sees; [signals] each."""

    center: np.ndarray
    scale: np.ndarray
    known: np.ndarray

    def scaled(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float32 and bool [rows, signals]: scaled values, zero where absent, and which are present."""
        present = ~np.isnan(values) & self.known
        moved = (np.where(present, values, self.center) - self.center) / self.scale
        return np.clip(moved, -CLIP, CLIP).astype(np.float32), present


@dataclass(frozen=True, slots=True)
class Part:
    """Scaled rows of one purpose."""

    x: np.ndarray
    """float32 [rows, signals], zero where absent."""
    present: np.ndarray
    """bool [rows, signals]"""
    run: np.ndarray
    """int64 [rows]: rows of one run are neighbours in time."""
    counted: np.ndarray
    """bool [rows]: the others are kept as the history of those that follow."""

    def windows(self, history: int) -> tuple[np.ndarray, np.ndarray]:
        """x and present [rows, (history,) signals]."""
        return windows(self.x, self.present, self.run, history)


def windows(x: np.ndarray, present: np.ndarray, run: np.ndarray, history: int) -> tuple[np.ndarray, np.ndarray]:
    """Each row with those before it in its run, itself last; as they are for a history of 1."""
    if history == 1:
        return x, present
    index = np.arange(len(x))[:, None] + np.arange(1 - history, 1)
    before = np.maximum(index, 0)
    valid = (index >= 0) & (run[before] == run[:, None])
    present = present[before] & valid[..., None]
    return x[before] * present, present


def prepared(values: np.ndarray, history: int, smooth: int) -> tuple[Scaling, Part, Part]:
    """Scaling, training and calibration rows of physical values float64 [rows, signals], NaN where missing.

    Raises RecipeRefused for rows that no asset could be trained on.
    """
    _check(values)
    count = len(values)
    kept = count - int(count * HELD_OUT_SHARE)
    first = kept - int(min(kept * CALIBRATION_SHARE, MOST_CALIBRATION))
    trained = _thinned(first, 1 if history == 1 else 8 * history)
    scaling = _scaling(values[trained])
    lead = max(first - (history + smooth - 2), 0)
    return scaling, _part(values, trained, first, scaling), _part(values, np.arange(lead, kept), first, scaling)


def _check(values: np.ndarray) -> None:
    if len(values) < LEAST_ROWS:
        raise RecipeRefused(f"{len(values)} rows, at least {LEAST_ROWS} are needed.")
    if np.isinf(values).any():
        raise RecipeRefused("The rows hold an infinite value: mend or drop it.")
    if np.isnan(values).all():
        raise RecipeRefused("No signal has any value in these rows.")


def _thinned(count: int, burst: int) -> np.ndarray:
    """int64: of the first `count` rows at most `MOST_TRAINED`, evenly spread in bursts of neighbours."""
    every = np.arange(count)
    bursts = max(-(-count // burst), 1)
    kept = bursts if count <= MOST_TRAINED else min(bursts, MOST_TRAINED // burst)
    rank = every // burst
    return every[(rank + 1) * kept // bursts != rank * kept // bursts]


def _part(values: np.ndarray, index: np.ndarray, first: int, scaling: Scaling) -> Part:
    x, present = scaling.scaled(values[index])
    run = np.cumsum(np.diff(index, prepend=index[:1]) > 1)
    calibrates = index >= first
    return Part(x, present, run, calibrates if calibrates.any() else ~calibrates)


def _scaling(values: np.ndarray) -> Scaling:
    """Center: median. Scale: the larger of IQR / 1.349 and a quarter of the deviation within six IQR of it."""
    known = np.asarray(~np.isnan(values).all(axis=0))
    some = np.where(known, values, 0.0)
    low, center, high = np.nanquantile(some, (0.25, 0.5, 0.75), axis=0)
    iqr = (high - low) / 1.349
    reach = np.where(iqr > 0, 6 * iqr, np.inf)
    spread = np.sqrt(np.nanmean(np.clip(some - center, -reach, reach) ** 2, axis=0))
    scale = np.maximum(iqr, spread / 4)
    constant = scale <= 1e-9 * np.maximum(np.abs(center), 1e-3)
    return Scaling(center, np.where(constant, _CONSTANT * np.maximum(np.abs(center), 1.0), scale), known)
