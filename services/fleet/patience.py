"""When a model has learned what it can: early stopping (Prechelt, *Early Stopping - But When?*, 1998).

The last eighth of an asset's training rows is not trained on but checked after each epoch. It is one block of time,
never random rows, whose neighbours the model knows; the rows whose history or window would reach across its border are
left out of both. Held-out and calibration rows are not looked at. Every asset is checked on as many rows with the same
signals hidden each time, so that two checks differ by the models alone.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from services.fleet.batches import Batches
from services.fleet.programs import BlockRows, losses_of, models_of
from services.fleet.stack import Stack, Weights, select

GAIN = 0.005
"""A loss that falls by less than this share has not improved."""
CHECK_ROWS = 128
"""Rows of a check, evenly spread over those kept for it, and repeated where there are fewer."""
_SHARE = 8


def trained_rows(counts: np.ndarray, history: int, patience: np.ndarray) -> np.ndarray:
    """int64 [n]: how many of an asset's first rows are trained on; all without patience, and where fewer than half of
    them would be left."""
    fewer = counts - counts // _SHARE - (history - 1)
    return np.where((patience > 0) & (2 * fewer >= counts), fewer, counts)


@dataclass(slots=True)
class Checks:
    """The rows n assets are checked on, and how their models did so far."""

    stack: Stack
    patience: np.ndarray
    """int64 [n]: epochs without improvement after which an asset ends; 0 for never."""
    x: Tensor
    """float32 [n, rows, (history,) signals], as `present`."""
    present: Tensor
    kept: Tensor
    """float32 [n, signals, rows]: what the fallback sees."""
    best: np.ndarray
    """float64 [2, n]: the least loss of main and fallback."""
    since: np.ndarray
    """int64 [2, n]: epochs since then."""

    @classmethod
    def of(cls, stack: Stack, rows: BlockRows, counts: np.ndarray, batches: Batches, patience: np.ndarray) -> "Checks":
        """`counts` are all the rows an asset has, of which `batches` trains on the first ones."""
        kept_back = np.maximum(counts // _SHARE, 1)
        places = (counts - kept_back)[:, None] + np.arange(CHECK_ROWS) * kept_back[:, None] // CHECK_ROWS
        return cls(
            stack,
            np.where(batches.counts < counts, patience, 0),
            *rows.taken(places),
            torch.from_numpy(batches.checked(places)),
            np.full((2, len(counts)), np.inf),
            np.zeros((2, len(counts)), np.int64),
        )

    def improved(self, weights: Weights, assets: np.ndarray) -> np.ndarray:
        """bool [2, k]: which models of `assets` [k] are better than they ever were, after an epoch of theirs."""
        models = models_of(assets, len(self.patience))
        at = torch.from_numpy(assets)
        with torch.no_grad():
            losses = losses_of(self.stack, select(weights, models), self.x[at], self.present[at], self.kept[at])
        found = losses.double().numpy().reshape(2, -1)
        better = found < self.best[:, assets] * (1 - GAIN)
        self.best[:, assets] = np.where(better, found, self.best[:, assets])
        self.since[:, assets] = np.where(better, 0, self.since[:, assets] + 1)
        return better

    @property
    def exhausted(self) -> np.ndarray:
        """bool [n]: neither main nor fallback improved for the asset's patience."""
        return (self.patience > 0) & (self.since.min(axis=0) >= self.patience)

    def take(self, index: np.ndarray) -> "Checks":
        """The checks of some assets."""
        at = torch.from_numpy(index)
        return Checks(
            self.stack,
            self.patience[index],
            self.x[at],
            self.present[at],
            self.kept[at],
            self.best[:, index],
            self.since[:, index],
        )
