"""Many modules of one shape as one tensor program: weights [models, ...], one call for all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from andon_sdk.plugin import Blueprint, Inputs
from services.fleet.errors import BlueprintUnfit

Weights = dict[str, Tensor]
"""Parameters and buffers by name, each stacked [models, ...]."""

INITIALISATIONS = 32
"""Distinct initialisations of a seed. An asset takes one by its own seed, so that its start depends neither on block
mates nor on a Python loop over 10,000 module constructors, and one unlucky start cannot spoil a whole fleet.

A start for each asset takes the module's own code 0.4 to 0.8 ms, beside the 2 ms in which a model of the fastest family
is trained; to draw all in one call, the engine would have to know how a partner's module initialises itself."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A blueprint made ready for the rows it is given."""

    blueprint: Blueprint
    inputs: Inputs
    template: nn.Module
    """One module in eval mode; its own weights are never used."""
    trained: frozenset[str]
    """Names of the weights that are parameters; the others are buffers."""
    judged: Tensor
    """float32 [signals] of 0 and 1: signals that loss and score see; to them, exogenous ones are absent."""

    @classmethod
    def of(cls, blueprint: Blueprint, signals: int, exogenous: np.ndarray | None = None) -> Self:
        """`exogenous` is bool [signals]. Raises BlueprintUnfit when the module cannot be built or stacked."""
        exogenous = np.zeros(signals, bool) if exogenous is None else exogenous
        inputs = Inputs(signals, blueprint.history_rows, tuple(map(int, np.flatnonzero(exogenous))))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            template = blueprint.module(inputs).eval()
        trained = frozenset(name for name, _ in template.named_parameters())
        stack = cls(blueprint, inputs, template, trained, torch.from_numpy(~exogenous).float())
        stack._try_out()
        return stack

    @property
    def history(self) -> int:
        return self.inputs.history_rows

    def initial(self, seed: int, seeds: np.ndarray) -> Weights:
        """Weights for assets with these seeds (uint32 [assets])."""
        pool: list[dict[str, Tensor]] = []
        with torch.random.fork_rng(devices=[]):
            for number in range(INITIALISATIONS):
                torch.manual_seed((seed * INITIALISATIONS + number) % 2**63)
                pool.append({k: v.detach().clone() for k, v in self.blueprint.module(self.inputs).state_dict().items()})
        choice = torch.from_numpy((seeds % INITIALISATIONS).astype(np.int64))
        return {name: torch.stack([start[name] for start in pool])[choice] for name in pool[0]}

    def check_start(self, start: Weights) -> None:
        """Raises BlueprintUnfit for weights [models, ...] that are not those of this module."""
        own = {name: (value.shape, value.dtype) for name, value in self.template.state_dict().items()}
        if {name: (value.shape[1:], value.dtype) for name, value in start.items()} != own:
            raise BlueprintUnfit(
                f"{self.blueprint.key}: the models to start from have another architecture. Train anew instead."
            )

    def losses(self, weights: Weights, inputs: Tensor, seen: Tensor, target: Tensor, present: Tensor) -> Tensor:
        """Loss [models] of rows [models, rows, (history,) signals]: the module sees `inputs` where `seen`; the loss
        compares with `target` where `present`."""

        def one(weights: Weights, inputs: Tensor, seen: Tensor, target: Tensor, present: Tensor) -> Tensor:
            return self.blueprint.loss(
                functional_call(self.template, weights, (inputs, seen)), target, present * self.judged
            )

        return vmap(one, randomness="different")(weights, inputs, seen, target, present)

    def scores(self, weights: Weights, x: Tensor, present: Tensor) -> Tensor:
        """Contribution of each signal [models, rows, signals] to the raw score of rows
        [models, rows, (history,) signals]; x is zero where not present."""

        def one(weights: Weights, x: Tensor, present: Tensor) -> Tensor:
            return self.blueprint.score(functional_call(self.template, weights, (x, present)), x, present * self.judged)

        with torch.no_grad():
            return (
                vmap(one)(weights, x, present) * (present if self.history == 1 else present[..., -1, :]) * self.judged
            )

    def _try_out(self) -> None:
        signals = self.inputs.signals
        weights = {name: value.detach().expand(2, *value.shape) for name, value in self.template.state_dict().items()}
        shape = (2, 3, signals) if self.history == 1 else (2, 3, self.history, signals)
        x, present = torch.zeros(shape), torch.ones(shape)
        loss = self._attempt("loss", lambda: self.losses(weights, x, present, x, present))
        if loss.shape != (2,):
            raise BlueprintUnfit(f"{self.blueprint.key}: loss must be a scalar, it has shape {tuple(loss.shape[1:])}")
        score = self._attempt("score", lambda: self.scores(weights, x, present))
        if score.shape != (2, 3, signals):
            raise BlueprintUnfit(
                f"{self.blueprint.key}: score must be [rows, signals] = (3, {signals}), it is {tuple(score.shape[1:])}"
            )

    def _attempt(self, part: str, call: Callable[[], Tensor]) -> Tensor:
        try:
            return call()
        except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
            raise BlueprintUnfit(
                f"{self.blueprint.key}: module and {part} cannot be stacked: {error}. "
                "Use operations torch.func.vmap can batch; GRU and LSTM have no batching rule, use a convolution."
            ) from error


def twice(weights: Weights) -> Weights:
    """[2 × models, ...]: the same for main and fallback models."""
    return {name: torch.cat([value, value]) for name, value in weights.items()}


def select(weights: Weights, index: Tensor) -> Weights:
    """Weights of some models, [len(index), ...]."""
    return {name: value.index_select(0, index) for name, value in weights.items()}
