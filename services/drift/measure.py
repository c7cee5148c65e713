"""How far the newest rows lie from the reference, and how far that may be. Arrays in, arrays out.

**Figure.** The Wasserstein distance of order 1 between the two distributions, in spreads of the reference. Of one
dimension it is the mean distance of their quantiles (Vallender 1974); 32 quantiles are taken, so that the outermost
1.6 % on either side, faults of a sensor among them, do not count. A signal that moved by its spread has the figure 1.

**Limit.** Rows that follow each other are alike, so their number is no amount of evidence. The reference is cut into
blocks as long as the newest rows, and each block's figure is taken as for those (subsampling, Politis and Romano 1994).
The limit is what another block of the same kind is to exceed once in a thousand looks at an asset: the prediction
interval for one more observation (Hahn and Meeker, Statistical Intervals, 4.8), with the confidence divided among the
signals (Bonferroni), and as many blocks as they are worth where those next to each other are alike (Bartlett 1946;
von Storch and Zwiers, 6.6). It is never below `LEAST`, which is no matter for a model.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from services.drift.student import quantile

QUANTILES = 32
PROBABILITIES = (np.arange(QUANTILES) + 0.5) / QUANTILES
FEWEST_ROWS = 12
"""Of a block, to say what its distribution is."""
FEWEST_BLOCKS = 4
LEAST = 0.25
FALSE_SHARE = 0.001
"""Looks at an asset that nothing happened to and in which a figure exceeds its limit all the same."""
_MOST_ALIKE = 0.9
_FLAT = 1e-9
LOW, MIDDLE, HIGH = 1, slice(15, 17), 30
"""Quantiles shown to people: about 5 %, the median, 95 %."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of values in each of g groups."""

    quantiles: np.ndarray
    """[g, 32]; NaN where there is no value."""
    count: np.ndarray
    """int64 [g]"""

    @property
    def flat(self) -> np.ndarray:
        """Bool [g]: it has values, and they are all the same."""
        return (self.count > 0) & (self.quantiles[:, 0] == self.quantiles[:, -1])


def spread(group: np.ndarray, value: np.ndarray, groups: int) -> Spread:
    """`group`: int64 [n] in 0…groups - 1; `value`: float [n], NaN where missing. In no order."""
    rows = pl.DataFrame({"group": group, "value": value}).filter(pl.col("value").is_finite()).sort("group", "value")
    count = np.bincount(rows["group"].to_numpy(), minlength=groups)
    values = rows["value"].to_numpy()
    found = np.full((groups, QUANTILES), np.nan)
    there = np.flatnonzero(count)
    if len(there):
        place = PROBABILITIES * (count[there, None] - 1) + (np.cumsum(count) - count)[there, None]
        below = place.astype(np.int64)
        above = np.minimum(below + 1, len(values) - 1)
        share = place - below
        found[there] = np.where(share > 0, values[below] * (1 - share) + values[above] * share, values[below])
    return Spread(found, count)


@dataclass(frozen=True, slots=True)
class Reference:
    """What n assets (rows) were like in one signal."""

    quantiles: np.ndarray
    """[n, 32]; NaN without a value."""
    scale: np.ndarray
    """[n]: standard deviation of the quantiles; 0 for what never moved, NaN without a value."""
    limit: np.ndarray
    """[n]: for the figure of a block; NaN where there are too few blocks."""
    lively: np.ndarray
    """Bool [n]: it moves in most blocks."""


def reference(
    place: np.ndarray, block: np.ndarray, value: np.ndarray, size: tuple[int, int], signals: int
) -> Reference:
    """`place` and `block`: int64 [rows], of each row the asset and its block; `size`: how many of both. `signals`: how
    many are judged together at each look."""
    assets, blocks = size
    whole = spread(place, value, assets)
    each = spread(place * blocks + block, value, assets * blocks)
    scale = np.std(whole.quantiles, axis=1)
    enough = (each.count >= FEWEST_ROWS).reshape(size)
    moved = np.where(enough[:, :, None], each.quantiles.reshape(*size, -1) - whole.quantiles[:, None], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        figures = np.where(enough, np.abs(moved).mean(-1) / scale[:, None], 0.0)
        limit = _limit(figures, enough, _worth(moved.mean(-1), enough), signals)
        lively = (enough & ~each.flat.reshape(size)).sum(1) > 0.5 * enough.sum(1)
    limit = np.where(_moves(scale, whole.quantiles) & (enough.sum(1) >= FEWEST_BLOCKS), limit, np.nan)
    return Reference(whole.quantiles, np.where(_moves(scale, whole.quantiles), scale, scale * 0), limit, lively)


def _moves(scale: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return scale > _FLAT * np.abs(quantiles).max(1)


def _worth(moved: np.ndarray, enough: np.ndarray) -> np.ndarray:
    """How many independent blocks they are worth, [n] of [n, blocks]: n (1 - r) / (1 + r) with r the correlation of
    neighbours, made larger by the 1 / n by which so few blocks make it too small (Marriott and Pope 1954)."""
    number = np.maximum(enough.sum(1), 1)
    center = moved.sum(1) / number
    about = np.where(enough, moved - center[:, None], 0.0)
    together = (about[:, 1:] * about[:, :-1]).sum(1)
    alone = (about**2).sum(1)
    measured = np.divide(together, alone, out=np.zeros_like(alone), where=alone > 0)
    alike = np.clip(measured + 1 / number, 0.0, _MOST_ALIKE)
    return np.maximum(number * (1 - alike) / (1 + alike), 2.0)


def _limit(figures: np.ndarray, enough: np.ndarray, worth: np.ndarray, signals: int) -> np.ndarray:
    """[n]: mean + t × deviation of the blocks' figures, made larger by what is not known of their true mean; figures
    are 0 where there is no block."""
    number = np.maximum(enough.sum(1), 2)
    mean = figures.sum(1) / number
    deviation = np.sqrt((np.where(enough, figures - mean[:, None], 0.0) ** 2).sum(1) / (number - 1))
    freedom = np.maximum((worth - 1).astype(np.int64), 1)
    times = np.array(
        [quantile(FALSE_SHARE / max(signals, 1), max(one, 1)) for one in range(freedom.max(initial=1) + 1)]
    )
    return np.maximum((mean + times[freedom] * deviation) * np.sqrt((worth + 1) / (worth - 1)), LEAST)


def figure(quantiles: np.ndarray, of: Reference) -> np.ndarray:
    """[n]; NaN where one of the two has no value, or the reference never moved."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.abs(quantiles - of.quantiles).mean(1) / of.scale
    return np.where(np.isfinite(found), found, np.nan)
