"""How the dense masked autoencoder answers: what `vmap` and its module do, written out.

Scoring is what gates, thresholds and serving spend their time on. Written out, values and mask enter the first layer
without being joined, the products add the biases, and the rest happens in place. Measured against the module under
`vmap` in `tests/bench/fleet/scoring.py`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from andon_sdk.plugin import Blueprint
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_score
from services.fleet.stack import Stack, Weights


@dataclass(frozen=True, slots=True)
class DenseStack(Stack):
    """A stack whose module and score are the SDK's own."""

    @torch.no_grad()
    def scores(self, weights: Weights, x: Tensor, present: Tensor) -> Tensor:
        values, now = x, present
        if self.history > 1:
            now = present[:, :, -1]
            values = x.sum(2).div_(present.sum(2).clamp_(min=1)).mul_(now)
        counted = now * self.judged
        error = self._reconstruction(weights, values, now).sub_(values)
        return error.square_().mul_(counted).div_(counted.sum(-1, keepdim=True).clamp_(min=1))

    def _reconstruction(self, weights: Weights, values: Tensor, mask: Tensor) -> Tensor:
        """[models, rows, signals]"""
        (first, _), *others = self.template.get_submodule("layers").named_children()
        weight, bias = _layer(weights, first)
        signals = values.shape[-1]
        answer = torch.baddbmm(bias, values, weight[:, :signals]).baddbmm_(mask, weight[:, signals:])
        for name, module in others:
            if isinstance(module, nn.ReLU):
                answer.relu_()
            else:
                weight, bias = _layer(weights, name)
                answer = torch.baddbmm(bias, answer, weight)
        return answer


def _layer(weights: Weights, name: str) -> tuple[Tensor, Tensor]:
    """Weight [models, in, out] and bias [models, 1, out], which broadcast against rows."""
    return weights[f"layers.{name}.weight"].mT, weights[f"layers.{name}.bias"][:, None]


def trained_stack(blueprint: Blueprint, signals: int, exogenous: np.ndarray | None = None) -> Stack:
    """The quickest stack there is of a blueprint. `exogenous` is bool [signals]. Raises BlueprintUnfit."""
    stack = Stack.of(blueprint, signals, exogenous)
    own = type(stack.template) is MaskedAutoencoder and blueprint.score is reconstruction_score
    return DenseStack.of(blueprint, signals, exogenous) if own else stack
