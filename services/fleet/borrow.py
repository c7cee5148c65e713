"""Models lent to assets that have too few rows for one of their own.

A lender's weights say how the signals of such a machine move together; where the signals stand differs from machine
to machine. A borrower therefore gets a lender's weights and spreads, and a center from its own first rows. Signals that
are given keep the lender's center: a setpoint means the same on both. Each lender is tried as it is and with the
borrower's center, and the one whose scores are lowest on rows that made no center is taken. All borrowers and lenders
are tried in one call of the scorer.

Machines also differ in how their signals move together, so a lender's own threshold would call most of a borrower's
rows abnormal. The rows that make the threshold are therefore those of the *other* lenders, each treated as a borrower.
What such a model notices is less, and what it calls abnormal is so on every machine of the kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from andon_sdk.plugin import Recipe
from services.fleet.errors import AssetFailure, BlueprintUnfit
from services.fleet.pack import Pack
from services.fleet.prepare import CLIP, FleetRows, Prepared, Rows, Scaling, SplitSettings, prepare
from services.fleet.score import NONE, Entry, Scorer
from services.fleet.train import TrainedFleet

MIN_ROWS = 30
"""Of a borrower: half of them make its center, the other half judge what is lent."""
_SPLIT = SplitSettings(calibration_share=0.0, held_out_share=0.5, min_rows=MIN_ROWS)
_FAR = 6.0
"""Spreads from the median from which on a row has no say in the center."""
_WORST = 10.0
"""Values above it count as this: one spike must not decide between lenders."""
_ROWS = 64


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What was lent to n assets."""

    fleet: TrainedFleet
    lender: np.ndarray
    """int64 [n]: which model of the lenders' pack."""
    moved: np.ndarray
    """bool [n]: whether it stands at the borrower's own center."""


def borrow_fleet(
    recipe: Recipe,
    pack: Pack,
    lenders: Sequence[int],
    rows: FleetRows,
    essential: np.ndarray,
    exogenous: np.ndarray,
    seed: int = 0,
) -> Borrowed:
    """The best of the models `lenders` of the pack for each asset that has rows enough; the others are in `failures`.

    `essential` and `exogenous` are bool [signals]. Raises BlueprintUnfit where the pack reads other signals.
    """
    if len(pack.essential) != rows.signals or (pack.exogenous != exogenous).any():
        raise BlueprintUnfit(
            f"The models lent by the pack {pack.digest[:12]} read other signals than these assets have."
        )
    smooth = recipe.threshold.smooth_rows
    own = prepare(rows, essential, _SPLIT, recipe.history_rows, smooth, exogenous)
    move, center = own.known & ~exogenous, _centers(own)
    cost = _costs(recipe, pack, lenders, own, np.where(move, center, np.nan))
    best = cost.argmin(axis=1)
    lender, moved = np.asarray(lenders, np.int64)[best // 2], best % 2 == 1
    good = np.flatnonzero(np.isfinite(cost.min(axis=1, initial=np.inf)))
    unanswered = tuple(
        AssetFailure(own.assets[i], "no_lender", "No model of the fleet answers the rows of this asset.")
        for i in np.setdiff1d(np.arange(len(own.assets)), good)
    )
    lender, moved = lender[good], moved[good]
    center = np.where(moved[:, None] & move[good], center[good], pack.center[lender])
    scaling = Scaling(center, pack.scale[lender], pack.known[lender])
    place = {asset: i for i, asset in enumerate(rows.assets)}
    lent = rows.take([place[own.assets[i]] for i in good])
    held_out = prepare(lent, essential, _SPLIT, recipe.history_rows, smooth, exogenous, scaling).held_out
    fleet = TrainedFleet(
        blueprint=recipe,
        assets=lent.assets,
        main={name: weight[lender] for name, weight in pack.main.items()},
        fallback={name: weight[lender] for name, weight in pack.fallback.items()},
        center=scaling.center,
        scale=scaling.scale,
        known=scaling.known,
        calibration=_calibration(pack, lenders).take(best[good] // 2),
        held_out=held_out,
        essential=essential,
        exogenous=exogenous,
        train_loss=np.full((len(lent.assets), 2), np.nan),
        failures=own.failures + unanswered,
        settings=None,
        seed=seed,
    )
    return Borrowed(fleet, lender, moved)


def _centers(own: Prepared) -> np.ndarray:
    """float64 [n, signals], physical: means over whole rows. Signals that hang together have means that do, which is
    not so of medians taken signal by signal, and a model that knows how they hang together sees the difference."""
    rows = own.train
    near = np.all(np.abs(rows.x) <= _FAR, axis=2) & rows.present.any(axis=2)
    counted = rows.present & near[:, :, None]
    mean = np.where(counted, rows.x, 0.0).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    return own.center + own.scale * mean


def _calibration(pack: Pack, lenders: Sequence[int]) -> Rows:
    """Rows that judge each lender as a borrower will use it: the last ones of all other lenders, each standing at the
    mean of its own first rows and in the lender's spread; what is given stands where it does. A lender that is alone is
    judged by its own rows."""
    rows, n = pack.calibration.take(np.asarray(lenders)), len(lenders)
    if n == 1:
        return rows
    length = max(rows.width // (n - 1), 1)
    peers = np.array([[peer for peer in range(n) if peer != lender] for lender in range(n)])
    early = rows.present & (np.arange(rows.width) < MIN_ROWS // 2)[:, None]
    mean = np.where(early, rows.x, 0.0).sum(axis=1) / np.maximum(early.sum(axis=1), 1)
    mean = np.where(pack.exogenous, 0.0, mean)
    last = np.maximum(rows.counts - length, 0)[:, None] + np.arange(length)
    real = last < rows.counts[:, None]
    last = np.minimum(last, rows.width - 1)
    here = np.arange(n)[:, None], last
    present = (rows.present[here] & real[:, :, None])[peers]
    spread, center = pack.scale[list(lenders)], pack.center[list(lenders)]
    given = np.where(pack.exogenous, (center[peers] - center[:, None]) / spread[:, None], 0.0)
    x = (rows.x[here] - mean[:, None])[peers] * (spread[peers] / spread[:, None])[:, :, None] + given[:, :, None]
    x = np.clip(np.where(present, x, 0.0), -CLIP, CLIP).astype(np.float32)
    apart = np.arange(n - 1)[:, None] * (rows.part.max() + 1)
    part = np.where(real[peers], rows.part[here][peers] + apart, -1).astype(np.int32)
    lead = (rows.lead[here] | ~real)[peers]
    counts = np.full(n, (n - 1) * length)

    def joined(array: np.ndarray) -> np.ndarray:
        """[n, peers, length, ...] → [n, peers × length, ...]."""
        return array.reshape(n, -1, *array.shape[3:])

    return Rows(joined(x), joined(present), counts, joined(part), joined(lead))


def _costs(recipe: Recipe, pack: Pack, lenders: Sequence[int], own: Prepared, centers: np.ndarray) -> np.ndarray:
    """float64 [n, 2 lenders]: mean value of each lender over the held-out rows, as it is and moved to `centers` where
    these are numbers; infinite where it answers none. Moving a lender to the rows is the same as moving the rows to the
    lender."""
    held = own.held_out
    cut = slice(0, _ROWS + recipe.history_rows + recipe.threshold.smooth_rows - 2)
    present, real = held.present[:, cut], ~held.lead[:, cut]
    physical = held.x[:, cut].astype(np.float64) * own.scale[:, None] + own.center[:, None]
    values = np.where(present, physical, np.nan)
    n, width, signals = values.shape
    shift = np.nan_to_num(pack.center[list(lenders)][None] - centers[:, None])
    shifts = np.stack([np.zeros_like(shift), shift], axis=2).reshape(n, 2 * len(lenders), 1, signals)
    tried = values[:, None] + shifts
    entries = [
        Entry(f"{asset}-{lender}-{way}", asset, pack, lender, recipe)
        for asset in own.assets
        for lender in lenders
        for way in range(2)
    ]
    if not entries:
        return np.zeros((0, 2 * len(lenders)))
    scorer = Scorer(entries)
    slots = np.repeat(np.arange(len(entries)), width)
    block = scorer.score(slots, tried.reshape(-1, signals), None, scorer.state())
    shape = n, 2 * len(lenders), width
    answered = (block.route.reshape(shape) != NONE) & real[:, None]
    value = np.where(answered, np.minimum(block.value.reshape(shape), _WORST), 0.0)
    count = answered.sum(axis=2)
    return np.where(count > 0, value.sum(axis=2) / np.maximum(count, 1), np.inf)
