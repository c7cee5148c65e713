"""The dense masked autoencoder: a module, loss and score a blueprint can use as they are. Needs torch.

The input is `[x·m, m]`: values, zero where absent, and which are present. Trained with signals hidden at random and
asked to reconstruct them all the same, one model answers under any mask; measured, it matches or beats a bank of
models retrained without the missing signals. With history the model sees the mean of the last rows' values, signal by
signal: a slow change stands out of the noise of single rows.
"""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from andon_sdk.plugin.blueprint import Inputs


def summary(x: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
    """What the autoencoder sees of rows [rows, signals] or [rows, history, signals]: values and mask [rows, signals].

    With history: the mean of the values that are present, for the signals the row itself has.
    """
    if x.dim() == 2:
        return x, present
    now = present[:, -1]
    return (x * present).sum(1) / present.sum(1).clamp(min=1) * now, now


class MaskedAutoencoder(nn.Module):
    """`hidden` are the widths between the 2 × signals inputs and the signals outputs. ReLU follows every layer but the
    narrowest, whose values may take both signs: each of its units then follows one cause fully, not its positive
    half."""

    def __init__(self, inputs: Inputs, hidden: tuple[int, ...] = (32, 4, 32)) -> None:
        super().__init__()
        widths = (2 * inputs.signals, *hidden, inputs.signals)
        layers: list[nn.Module] = []
        for place, (wide, narrow) in enumerate(pairwise(widths)):
            layers.append(nn.Linear(wide, narrow))
            if place < len(hidden) and narrow != min(hidden):
                layers.append(nn.ReLU())
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Reconstruction [rows, signals] of what `summary` says of the rows."""
        seen, mask = summary(x, present)
        return cast(Tensor, self.layers(torch.cat([seen * mask, mask], dim=-1)))


def reconstruction_loss(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    """Mean square error over what is present: a scalar."""
    target, mask = summary(x, present)
    return ((output - target) ** 2 * mask).sum() / mask.sum().clamp(min=1)


def reconstruction_score(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    """Squared error of each signal over the number of signals present [rows, signals]: rows with few signals weigh
    alike."""
    target, mask = summary(x, present)
    return (output - target) ** 2 * mask / mask.sum(-1, keepdim=True).clamp(min=1)
