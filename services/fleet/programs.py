"""A block's models as one program: how a step of training changes all of them.

A block has two models an asset, main ones first: *main* sees all that is present, *fallback* sees what is kept of it.
`VmapProgram` runs any module; `services.fleet.dense` has a program of its own for the dense autoencoder. Both take the
same rows and start from the same weights, and end, to float tolerance, with the same models.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from services.fleet.prepare import Rows, window_index
from services.fleet.stack import Stack, Weights, select


@dataclass(frozen=True, slots=True)
class BlockRows:
    """Training rows of a block's n assets, scaled and padded."""

    x: Tensor
    """float32 [n, rows, signals], zero where absent."""
    present: Tensor
    """float32 [n, rows, signals] of 0 and 1."""
    complete: bool
    """No value of a real row is missing."""
    window: np.ndarray | None
    """int64 [n, rows, history]: places of each row's history, oldest first; None for a history of 1."""
    in_window: np.ndarray | None
    """bool [n, rows, history]: which of these lie in the row's part."""

    @classmethod
    def of(cls, rows: Rows, history: int) -> "BlockRows":
        """The rows up to the longest asset's last."""
        width = int(rows.counts.max())
        present = rows.present[:, :width]
        real = np.arange(width) < rows.counts[:, None]
        window, in_window = window_index(rows.part[:, :width], history) if history > 1 else (None, None)
        return cls(
            torch.from_numpy(np.ascontiguousarray(rows.x[:, :width])),
            torch.from_numpy(present.astype(np.float32)),
            bool(present[real].all()),
            window,
            in_window,
        )

    def taken(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Values and presence of rows int64 [n, batch]: [n, batch, signals], or [n, batch, history, signals]."""
        if self.window is None or self.in_window is None:
            index = torch.from_numpy(rows)[:, :, None].expand(-1, -1, self.x.shape[2])
            x = self.x.gather(1, index)
            return x, torch.ones_like(x) if self.complete else self.present.gather(1, index)
        asset = np.arange(len(rows))[:, None]
        places = torch.from_numpy(self.window[asset, rows])
        at = torch.arange(len(rows))[:, None, None]
        present = self.present[at, places] * torch.from_numpy(self.in_window[asset, rows])[..., None]
        return self.x[at, places] * present, present


class Program(Protocol):
    """The models of a block in training."""

    @property
    def weights(self) -> Weights:
        """[2 × n, ...] as they are now. They may be read and written between steps, without gradients."""
        ...

    def step(self, rows: np.ndarray, kept: np.ndarray) -> Tensor:
        """One step of Adam on `rows` int64 [n, batch] of every asset, of which the fallback models see the signals
        `kept` float32 [n, signals, batch]. Returns the losses [2 × n] before the step."""
        ...

    def keep(self, assets: np.ndarray, rows: BlockRows) -> "Program":
        """A program that goes on with some `assets` int64 [k] alone, whose rows are `rows`. This one is used up."""
        ...


class ModelAdam:
    """Adam with a learning rate for each model, at the speed of the fused one.

    A step of Adam is proportional to the rate. So the fused step is taken with the run's rate, and where models have
    rates of their own it is stretched from where it began. A model with the run's rate ends bit for bit as without it.
    """

    def __init__(self, values: list[Tensor], learning_rate: float, stretches: list[Tensor] | None = None) -> None:
        """`stretches`: a factor on the rate for each of `values`, of a shape that broadcasts to it."""
        self._adam = torch.optim.Adam(values, lr=learning_rate, fused=True)
        self._values, self._stretches = values, stretches
        self._before = [torch.empty_like(value) for value in values] if stretches is not None else []

    @torch.no_grad()
    def step(self) -> None:
        if self._stretches is None:
            self._adam.step()
            return
        for before, value in zip(self._before, self._values, strict=True):
            before.copy_(value)
        self._adam.step()
        for before, value, stretch in zip(self._before, self._values, self._stretches, strict=True):
            torch.lerp(before, value, stretch, out=value)

    def take_over(self, other: "ModelAdam", pick: Callable[[Tensor], Tensor]) -> None:
        """Go on with the moments of `other`, of which `pick` leaves what belongs to the values here."""
        for before, value in zip(other._values, self._values, strict=True):
            self._adam.state[value] = {
                name: moment if name == "step" else pick(moment) for name, moment in other._adam.state[before].items()
            }

    def zero_grad(self) -> None:
        self._adam.zero_grad(set_to_none=True)


class VmapProgram:
    """Any module, stacked by `torch.func.vmap`, its gradients by autograd."""

    def __init__(
        self, stack: Stack, rows: BlockRows, start: Weights, learning_rate: float, stretch: Tensor | None = None
    ) -> None:
        """`start`: [2 × n, ...], main models first; it is left as it is. `stretch`: float32 [n], the asset's learning
        rate as a multiple of `learning_rate`; None where all have that."""
        own = {name: value.detach().clone() for name, value in start.items()}
        self._begin(stack, rows, own, learning_rate, stretch)

    def _begin(
        self, stack: Stack, rows: BlockRows, weights: Weights, learning_rate: float, stretch: Tensor | None
    ) -> None:
        self._stack, self._rows, self._rate, self._stretch = stack, rows, learning_rate, stretch
        self.weights = weights
        trained = [value.requires_grad_() for name, value in weights.items() if name in stack.trained]
        self._adam = ModelAdam(trained, learning_rate, None if stretch is None else stretches(trained, stretch))

    def step(self, rows: np.ndarray, kept: np.ndarray) -> Tensor:
        losses = losses_of(self._stack, self.weights, *self._rows.taken(rows), torch.from_numpy(kept))
        self._adam.zero_grad()
        losses.sum().backward()
        self._adam.step()
        return losses.detach()

    def keep(self, assets: np.ndarray, rows: BlockRows) -> "VmapProgram":
        models = models_of(assets, len(self._rows.x))
        rest = VmapProgram.__new__(VmapProgram)
        weights = select({name: value.detach() for name, value in self.weights.items()}, models)
        stretch = None if self._stretch is None else self._stretch[torch.from_numpy(assets)]
        rest._begin(self._stack, rows, weights, self._rate, stretch)
        rest._adam.take_over(self._adam, lambda moment: moment.index_select(0, models))
        return rest


def losses_of(stack: Stack, weights: Weights, x: Tensor, present: Tensor, kept: Tensor) -> Tensor:
    """Losses [2 × n] of main and fallback models on rows [n, batch, (history,) signals], of which the fallback sees
    `kept` [n, signals, batch]; both are to answer for the whole rows."""
    signals_last = kept.transpose(1, 2)
    seen = present * (signals_last if x.dim() == 3 else signals_last[:, :, None])
    return stack.losses(
        weights,
        torch.cat([x, x * seen]),
        torch.cat([present, seen]),
        torch.cat([x, x]),
        torch.cat([present, present]),
    )


def models_of(assets: np.ndarray, n: int) -> Tensor:
    """int64 [2 × k]: places of the main and the fallback models of `assets` [k] among those of n."""
    return torch.from_numpy(np.concatenate([assets, assets + n]))


def stretches(values: list[Tensor], stretch: Tensor) -> list[Tensor]:
    """The factors [n] of assets for weights [2 × n, ...] of their models, one tensor for each of `values`."""
    both = stretch.repeat(2)
    return [both.view(-1, *[1] * (value.dim() - 1)) for value in values]
