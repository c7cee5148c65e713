"""The temporal masked autoencoder: causal convolutions over the last rows. Needs torch.

For signals whose order in time tells something: a start-up, a cycle, a pressure that follows a valve. The module sees
every row of the window, values and mask, squeezes it through a narrow middle and reconstructs the whole window. What is
judged is the mean residual of the window, signal by signal: a slow change stands out of the noise of single rows.

The convolutions are dilated (kernel 2, dilation 1, 2, 4, …; WaveNet, van den Oord et al., 2016) and asked for the last
row only. What the last row needs of them is a tree: each layer joins neighbours two by two. As linear layers on pairs
they are batched matrix products when stacked, which cost a fraction of grouped convolutions.
"""

from typing import cast

import torch
from torch import Tensor, nn

from andon_sdk.plugin.blueprint import Inputs

KERNEL = 2


class CausalConvolutions(nn.Module):
    """What dilated causal convolutions say of a window's last row: [rows, history, features] → [rows, channels].

    ReLU follows every layer. A history that is no power of two is continued into the past with zeros, which is how
    rows that are absent look.
    """

    def __init__(self, features: int, history_rows: int, channels: int) -> None:
        super().__init__()
        depth = max((history_rows - 1).bit_length(), 1)
        self.padding = KERNEL**depth - history_rows
        widths = [features, *[channels] * depth]
        self.layers = nn.ModuleList(nn.Linear(KERNEL * before, channels) for before in widths[:-1])

    def forward(self, window: Tensor) -> Tensor:
        seen = nn.functional.pad(window, (0, 0, self.padding, 0))
        for layer in self.layers:
            seen = torch.relu(layer(seen.reshape(len(seen), -1, KERNEL * seen.shape[2])))
        return seen[:, 0]


class TemporalAutoencoder(nn.Module):
    """`channels` is the width of the convolutions, `narrow` that of the middle. Needs a history above 1."""

    def __init__(self, inputs: Inputs, channels: int = 24, narrow: int = 4) -> None:
        super().__init__()
        if inputs.history_rows < 2:
            raise ValueError("a temporal blueprint needs history_rows of at least 2")
        self.shape = (inputs.history_rows, inputs.signals)
        self.past = CausalConvolutions(2 * inputs.signals, inputs.history_rows, channels)
        self.middle = nn.Linear(channels, narrow)
        self.back = nn.Sequential(
            nn.Linear(narrow, channels), nn.ReLU(), nn.Linear(channels, inputs.history_rows * inputs.signals)
        )

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Reconstruction [rows, history, signals]."""
        seen = self.past(torch.cat([x * present, present], dim=-1))
        return cast(Tensor, self.back(self.middle(seen)).unflatten(1, self.shape))


def window_loss(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    """Mean square error over all of the window that is present: a scalar."""
    return ((output - x) ** 2 * present).sum() / present.sum().clamp(min=1)


def window_score(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    """Squared mean residual of each signal's window over the number of signals the row has [rows, signals]."""
    now = present[:, -1]
    residual = ((output - x) * present).sum(1) / present.sum(1).clamp(min=1)
    return residual**2 * now / now.sum(-1, keepdim=True).clamp(min=1)
