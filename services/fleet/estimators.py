"""Fitted models of one shape as one program, beside the trained ones: what scores them does not know which they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap

from andon_sdk.plugin import Estimator, FitRows, Inputs, Recipe
from services.fleet.dense_stack import trained_stack
from services.fleet.errors import BlueprintUnfit
from services.fleet.stack import Weights

_CHUNK_ROWS = 4096
"""Rows scored at once. What a score keeps of a row may be far larger than the row, such as a place in every tree."""


class ScoringStack(Protocol):
    """Models of one shape, ready to answer."""

    @property
    def history(self) -> int:
        """Rows a model sees to answer for the last of them."""
        ...

    @property
    def judged(self) -> Tensor:
        """float32 [signals] of 0 and 1: signals that count; the others are exogenous."""
        ...

    def scores(self, weights: Weights, x: Tensor, present: Tensor) -> Tensor:
        """Contribution of each signal [models, rows, signals] to the raw score of rows
        [models, rows, (history,) signals]; x is zero where not present."""
        ...


@dataclass(frozen=True, slots=True)
class FittedStack:
    """An estimator made ready for the rows it is given."""

    estimator: Estimator
    inputs: Inputs
    judged: Tensor
    """As in `Stack`."""

    @classmethod
    def of(cls, estimator: Estimator, signals: int, exogenous: np.ndarray | None = None) -> "FittedStack":
        """`exogenous` is bool [signals]."""
        exogenous = np.zeros(signals, bool) if exogenous is None else exogenous
        inputs = Inputs(signals, estimator.history_rows, tuple(map(int, np.flatnonzero(exogenous))))
        return cls(estimator, inputs, torch.from_numpy(~exogenous).float())

    @property
    def history(self) -> int:
        return self.inputs.history_rows

    def scores(self, weights: Weights, x: Tensor, present: Tensor) -> Tensor:
        """As `ScoringStack` says."""
        counted = (present if self.history == 1 else present[..., -1, :]) * self.judged
        return self._answers(weights, x, present, counted) * counted

    @torch.no_grad()
    def _answers(self, weights: Weights, x: Tensor, present: Tensor, counted: Tensor) -> Tensor:
        chunk = max(1, _CHUNK_ROWS // max(x.shape[1], 1))
        return vmap(self.estimator.score, chunk_size=chunk)(weights, x, present, counted)

    def fitted(self, rows: Sequence[Tensor], parameters: Weights, abnormal: Sequence[Tensor] = ()) -> Weights:
        """Models of assets as one program. `rows` are x, seen, target and present [assets, rows, (history,) signals],
        each as in `FitRows`, `abnormal` the two of labelled events where they are asked for, parameters [assets]."""

        def one(rows: Sequence[Tensor], abnormal: Sequence[Tensor], parameters: Weights) -> Weights:
            x, seen, target, present = rows
            return dict(self.estimator.fit(FitRows(x, seen, target, present, self.inputs, *abnormal), parameters))

        return vmap(one)(tuple(rows), tuple(abnormal), parameters)

    def try_out(self, weights: Weights) -> None:
        """Raises BlueprintUnfit when models [models, ...] cannot answer together, or answer in the wrong shape."""
        signals, models = self.inputs.signals, len(next(iter(weights.values())))
        shape = (models, 3, signals) if self.history == 1 else (models, 3, self.history, signals)
        key = self.estimator.key
        try:
            found = self._answers(weights, torch.zeros(shape), torch.ones(shape), torch.ones(models, 3, signals))
        except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
            raise BlueprintUnfit(
                f"{key}: the score cannot be stacked: {error}. Use operations torch.func.vmap can batch."
            ) from error
        if found.shape != (models, 3, signals):
            raise BlueprintUnfit(
                f"{key}: score must be [rows, signals] = (3, {signals}), it is {tuple(found.shape[1:])}"
            )


def stack_of(recipe: Recipe, signals: int, exogenous: np.ndarray | None = None) -> ScoringStack:
    """The stack of a recipe of either kind. Raises BlueprintUnfit."""
    if isinstance(recipe, Estimator):
        return FittedStack.of(recipe, signals, exogenous)
    return trained_stack(recipe, signals, exogenous)
