"""The dense masked autoencoder as a program of its own: what `vmap` and autograd do, written out.

Activations lie `[model, feature, row]`, so each layer is one batched matrix product on contiguous blocks and bias and
rectifier run along rows. All weights lie in one flat buffer, all gradients in another, each gradient written in place
by its product, and Adam is one call over both. Weights, moments and activations of 128 models fit the cache.
Measured against `VmapProgram` in `tests/bench/fleet/training.py`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss
from services.fleet.programs import BlockRows, ModelAdam, models_of, stretches
from services.fleet.stack import Stack, Weights

_threshold_backward = torch.ops.aten.threshold_backward.grad_input


def is_dense(stack: Stack) -> bool:
    """Whether the blueprint's module and loss are the SDK's own, and judge every signal: a subclass may do anything."""
    own = type(stack.template) is MaskedAutoencoder and stack.blueprint.loss is reconstruction_loss
    return own and not stack.inputs.exogenous


@dataclass(frozen=True, slots=True)
class _Layer:
    """One linear layer of all models, views into the flat buffers."""

    weight: Tensor
    """[models, out, in], as its gradient."""
    bias: Tensor
    """[models, out]"""
    weight_grad: Tensor
    bias_grad: Tensor
    rectified: bool
    """A ReLU follows."""


class DenseProgram:
    """`services.fleet.programs.Program` for stacks of which `is_dense` is true."""

    def __init__(
        self, stack: Stack, rows: BlockRows, start: Weights, learning_rate: float, stretch: Tensor | None = None
    ) -> None:
        """Takes what `services.fleet.programs.VmapProgram` takes."""
        self._n, self._complete = len(rows.x), rows.complete
        self._stack, self._rate, self._stretch = stack, learning_rate, stretch
        self._values, self._mask = _summaries(rows)
        self._flat = torch.empty(sum(value.numel() for value in start.values()))
        self._flat.grad = torch.zeros_like(self._flat)
        self.weights: Weights = {}
        grads: Weights = {}
        end = 0
        for name, value in start.items():
            begin, end = end, end + value.numel()
            self.weights[name] = self._flat[begin:end].view(value.shape)
            grads[name] = self._flat.grad[begin:end].view(value.shape)
            self.weights[name].copy_(value)
        self._layers = _layers(stack.template, self.weights, grads)
        flat_stretch = None
        if stretch is not None:
            values = list(self.weights.values())
            each = zip(values, stretches(values, stretch), strict=True)
            flat_stretch = [torch.cat([factor.expand_as(value).flatten() for value, factor in each])]
        self._adam = ModelAdam([self._flat], learning_rate, flat_stretch)
        self._room: dict[int, _Room] = {}

    @torch.no_grad()
    def step(self, rows: np.ndarray, kept: np.ndarray) -> Tensor:
        batch = rows.shape[1]
        room = self._room.get(batch)
        if room is None:
            room = self._room[batch] = _Room.of(self._layers, batch)
        self._look_up(room, rows, torch.from_numpy(kept))
        self._forward(room)
        losses = self._judge(room)
        self._backward(room)
        self._adam.step()
        return losses

    def keep(self, assets: np.ndarray, rows: BlockRows) -> "DenseProgram":
        at, models = torch.from_numpy(assets), models_of(assets, self._n)
        sizes = [value.numel() for value in self.weights.values()]

        def pick(flat: Tensor) -> Tensor:
            return torch.cat([part.view(2 * self._n, -1)[models].flatten() for part in flat.split(sizes)])

        start = {name: value[models] for name, value in self.weights.items()}
        stretch = None if self._stretch is None else self._stretch[at]
        rest = DenseProgram(self._stack, rows, start, self._rate, stretch)
        rest._flat.copy_(pick(self._flat))
        rest._adam.take_over(self._adam, pick)
        return rest

    def _look_up(self, room: "_Room", rows: np.ndarray, kept: Tensor) -> None:
        """Values and masks of the rows into the first activation: for the main models, then for the fallbacks."""
        n, signals = self._n, self._values.shape[1]
        index = torch.from_numpy(rows)[:, None, :].expand(-1, signals, -1)
        values, mask = room.seen[0][:, :signals], room.seen[0][:, signals:]
        target = torch.gather(self._values, 2, index)
        room.target[:n], room.target[n:], values[:n] = target, target, target
        torch.mul(target, kept, out=room.scratch)
        values[n:] = room.scratch
        if self._complete:
            mask[:n], mask[n:] = 1.0, kept
            return
        there = torch.gather(self._mask, 2, index)
        room.counted[:n], room.counted[n:], mask[:n] = there, there, there
        torch.mul(there, kept, out=room.scratch)
        mask[n:] = room.scratch

    def _forward(self, room: "_Room") -> None:
        for layer, before, after in zip(self._layers, room.seen, room.seen[1:], strict=False):
            torch.bmm(layer.weight, before, out=after)
            after.add_(layer.bias[:, :, None])
            if layer.rectified:
                after.relu_()

    def _judge(self, room: "_Room") -> Tensor:
        """Mean square errors [models] over what is present; leaves their gradient in the last `room.grads`."""
        error = torch.sub(room.seen[-1], room.target, out=room.grads[-1])
        if self._complete:
            share = torch.full((len(error), 1, 1), 1.0 / error[0].numel())
        else:
            error.mul_(room.counted)
            share = 1.0 / room.counted.sum((1, 2)).clamp_(min=1)[:, None, None]
        losses = torch.linalg.vector_norm(error, dim=(1, 2)).square_() * share[:, 0, 0]
        error.mul_(2.0 * share)
        return losses

    def _backward(self, room: "_Room") -> None:
        for number in range(len(self._layers) - 1, -1, -1):
            layer, grad = self._layers[number], room.grads[number]
            torch.bmm(grad, room.seen[number].transpose(1, 2), out=layer.weight_grad)
            torch.sum(grad, 2, out=layer.bias_grad)
            if number:
                below = torch.bmm(layer.weight.transpose(1, 2), grad, out=room.grads[number - 1])
                if self._layers[number - 1].rectified:
                    _threshold_backward(below, room.seen[number], 0, grad_input=below)


@dataclass(frozen=True, slots=True)
class _Room:
    """Buffers for batches of one size, used again in every step."""

    seen: list[Tensor]
    """Activations [models, features, batch]: the input, then what each layer gives."""
    grads: list[Tensor]
    """Gradients of what each layer gives."""
    target: Tensor
    """[models, signals, batch], as `counted`."""
    counted: Tensor
    """Where the loss looks."""
    scratch: Tensor
    """[assets, signals, batch]"""

    @classmethod
    def of(cls, layers: list[_Layer], batch: int) -> "_Room":
        models = len(layers[0].bias)
        widths = [layer.bias.shape[1] for layer in layers]
        seen = [torch.empty(models, width, batch) for width in (layers[0].weight.shape[2], *widths)]
        last = seen[-1]
        return cls(
            seen,
            [torch.empty_like(after) for after in seen[1:]],
            torch.empty_like(last),
            torch.empty_like(last),
            torch.empty(models // 2, *last.shape[1:]),
        )


def _layers(template: nn.Module, weights: Weights, grads: Weights) -> list[_Layer]:
    modules = list(template.get_submodule("layers").named_children())
    return [
        _Layer(
            weights[f"layers.{name}.weight"],
            weights[f"layers.{name}.bias"],
            grads[f"layers.{name}.weight"],
            grads[f"layers.{name}.bias"],
            place + 1 < len(modules) and isinstance(modules[place + 1][1], nn.ReLU),
        )
        for place, (name, module) in enumerate(modules)
        if isinstance(module, nn.Linear)
    ]


def _summaries(rows: BlockRows) -> tuple[Tensor, Tensor]:
    """Values and mask [assets, signals, rows] of what `andon_sdk.plugin.dense.summary` makes of each row and its
    history. A signal that is hidden is hidden in the whole history, so hiding may follow the summary."""
    x, present = rows.x, rows.present
    if rows.window is not None and rows.in_window is not None:
        total, count = torch.zeros_like(x), torch.zeros_like(x)
        at = torch.arange(len(x))[:, None]
        for back in range(rows.window.shape[2]):
            there = torch.from_numpy(rows.in_window[:, :, back].astype(np.float32))[:, :, None]
            place = torch.from_numpy(rows.window[:, :, back].copy())  # a view of an array that says it is read-only
            total += x[at, place] * there
            count += present[at, place] * there
        x = total / count.clamp_(min=1) * present
    return x.transpose(1, 2).contiguous(), present.transpose(1, 2).contiguous()
