"""One block in training: the models of its assets, main first, until each has taken its steps.

An asset ends after its epochs, when it stopped improving, or when one of its models diverged. Ended assets leave the
block as soon as a quarter of it has, so their steps are not spent; what the others draw and learn does not change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from services.fleet.batches import Batches
from services.fleet.dense import DenseProgram, is_dense
from services.fleet.draws import asset_seeds
from services.fleet.errors import TrainingStopped
from services.fleet.patience import Checks, trained_rows
from services.fleet.prepare import Rows
from services.fleet.programs import BlockRows, Program, VmapProgram, models_of
from services.fleet.settings import TrainSettings
from services.fleet.stack import Stack, Weights, twice

_CHECK_EVERY = 16
"""Steps between two looks at `should_stop`."""
_FULL_SHARE = 0.75
"""A block in which no more than this share of the assets still trains is made smaller."""


@dataclass(frozen=True, slots=True)
class BlockModels:
    """What training made of n assets."""

    weights: Weights
    """[2, n, ...]"""
    loss: np.ndarray
    """float64 [n, 2]: mean loss of the kept epoch; not finite where a model diverged."""
    epochs: np.ndarray
    """int64 [n, 2]: epochs behind the weights that are kept."""


class Block:
    """2 × assets models, main first."""

    def __init__(
        self,
        stack: Stack,
        rows: Rows,
        assets: Sequence[str],
        essential: np.ndarray,
        settings: TrainSettings,
        each: Sequence[TrainSettings],
        seed: int,
        start: Weights | None = None,
    ) -> None:
        """`rows` of `assets`, whose own settings are `each`; `settings` are the run's. `start` [2 × assets, ...], main
        models first; None where they start from the blueprint's own initialisation."""
        self.n, self.rows, self.history = len(assets), rows, stack.history
        seeds = asset_seeds(seed, assets)
        patience = np.array([its.patience for its in each])
        counts = trained_rows(rows.counts, stack.history, patience)
        drop_share = np.array([its.drop_share for its in each])
        self.batches = Batches(seeds, counts, drop_share, essential, settings.batch_rows)
        self.steps = self.batches.steps_an_epoch * np.array([its.epochs for its in each])
        block = BlockRows.of(rows, stack.history)
        rates = np.array([its.learning_rate for its in each], np.float32) / np.float32(settings.learning_rate)
        kind = DenseProgram if is_dense(stack) else VmapProgram
        self.program: Program = kind(
            stack,
            block,
            twice(stack.initial(seed, seeds)) if start is None else start,
            settings.learning_rate,
            torch.from_numpy(rates) if (rates != 1).any() else None,
        )
        checked = (counts < rows.counts).any()
        self.checks = Checks.of(stack, block, rows.counts, self.batches, patience) if checked else None
        self.place = np.arange(self.n)
        """Where in the result the assets are that still train; everything else here is about those alone."""
        self.sums = torch.zeros(2 * self.n)
        self.done = {name: value.detach().clone() for name, value in self.program.weights.items()}
        self.loss = np.full((2, self.n), np.inf)
        self.epochs = np.zeros((2, self.n), np.int64)

    def train(self, on_progress: Callable[[float], None], should_stop: Callable[[], bool]) -> BlockModels:
        """Takes all steps. `on_progress` gets the share done; raises TrainingStopped when `should_stop` says so."""
        step = 0
        while step < (total := int(self.steps.max())):
            if step % _CHECK_EVERY == 0 and should_stop():
                raise TrainingStopped("The run was asked to stop.")
            self.sums += self.program.step(*self.batches.drawn(step))
            self._end_epoch(step + 1)
            if step % _CHECK_EVERY == 0:
                on_progress((step + 1) / total)
            step += 1
        on_progress(1.0)
        for value in self.done.values():  # the very last step may have broken what the losses still show as sound
            if value.is_floating_point():
                self.loss[~torch.isfinite(value).flatten(1).all(dim=1).numpy().reshape(2, -1)] = np.nan
        weights = {name: value.unflatten(0, (2, self.n)) for name, value in self.done.items()}
        return BlockModels(weights, self.loss.T, self.epochs.T)

    def _end_epoch(self, taken: int) -> None:
        """Judge the assets whose epoch ended with step number `taken`: keep what is worth it, end who is done."""
        an_epoch = self.batches.steps_an_epoch
        ended = np.flatnonzero((taken % an_epoch == 0) & (self.steps >= taken))
        if not len(ended):
            return
        models = models_of(ended, len(self.place))
        mean = (self.sums[models] / torch.from_numpy(np.tile(an_epoch[ended], 2))).numpy().reshape(2, -1)
        self.sums[models] = 0.0
        self._keep(ended, self._worth_keeping(ended, taken), mean, taken // an_epoch[ended])
        diverged = np.isnan(self.loss[:, self.place])
        if self.checks is not None:
            self.steps[self.checks.exhausted] = np.minimum(self.steps[self.checks.exhausted], taken)
        over = diverged.any(axis=0)
        self.steps[over] = np.minimum(self.steps[over], taken)
        self._clear(diverged)
        self._leave(np.flatnonzero(self.steps > taken))

    def _worth_keeping(self, ended: np.ndarray, taken: int) -> np.ndarray:
        """bool [2, ended]: models at their best under patience, without it those at their end."""
        worth = np.tile(self.steps[ended] == taken, (2, 1))
        if self.checks is not None:
            patient = np.flatnonzero(self.checks.patience[ended] > 0)
            if len(patient):
                worth[:, patient] = self.checks.improved(self.program.weights, ended[patient])
        return worth

    def _keep(self, ended: np.ndarray, worth: np.ndarray, mean: np.ndarray, epoch: np.ndarray) -> None:
        """Weights, loss and epoch of the models `worth` it; whatever is kept, a loss that is not finite is noted."""
        half, asset = np.nonzero(worth & np.isfinite(mean))
        target, source = half * self.n + self.place[ended[asset]], half * len(self.place) + ended[asset]
        with torch.no_grad():
            for name, value in self.program.weights.items():
                self.done[name][torch.from_numpy(target)] = value[torch.from_numpy(source)]
        self.loss[half, self.place[ended[asset]]] = mean[half, asset]
        self.epochs[half, self.place[ended[asset]]] = epoch[asset]
        half, asset = np.nonzero(~np.isfinite(mean))
        self.loss[half, self.place[ended[asset]]] = np.nan

    def _clear(self, diverged: np.ndarray) -> None:
        """Reset diverged models, so that they cost no denormal arithmetic while they are still in the block."""
        if diverged.any():
            dead = torch.from_numpy(np.flatnonzero(diverged.ravel()))
            with torch.no_grad():
                for value in self.program.weights.values():
                    value[dead] = 0

    def _leave(self, going_on: np.ndarray) -> None:
        """Go on with these assets alone, if they are few enough."""
        if not 0 < len(going_on) <= _FULL_SHARE * len(self.place):
            return
        models = models_of(going_on, len(self.place))
        self.sums: Tensor = self.sums[models]
        self.rows = self.rows.take(going_on)
        self.program = self.program.keep(going_on, BlockRows.of(self.rows, self.history))
        self.batches = self.batches.take(going_on)
        self.checks = self.checks.take(going_on) if self.checks is not None else None
        self.steps, self.place = self.steps[going_on], self.place[going_on]
