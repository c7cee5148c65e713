"""The forecaster with exogenous inputs: what a row should be, from what drives the asset. Needs torch.

For assets that weather, a set point or a load drives: their signals move all day and only the difference to what the
drivers explain says anything. Drivers are declared exogenous in the contract. The module sees them up to the row itself
and judged signals only as they were `horizon` rows before and earlier, and forecasts the row's judged signals.

A forecaster follows what it sees of the past: a shift that has stood for longer than the horizon is part of what it
expects. The shorter the horizon, the smaller the shift it tells and the sooner it is used to it. With a horizon of at
least `history_rows` it sees no judged signal at all, and a standing shift stands out for ever; start with that.
"""

from typing import cast

import torch
from torch import Tensor, nn

from andon_sdk.plugin.blueprint import Inputs
from andon_sdk.plugin.temporal import CausalConvolutions


class Forecaster(nn.Module):
    """Causal convolutions over the window, `channels` wide, beside a linear path from what is newest in it."""

    may_see: Tensor

    def __init__(self, inputs: Inputs, horizon: int, channels: int = 24) -> None:
        super().__init__()
        if inputs.history_rows < 2:
            raise ValueError("a forecasting blueprint needs history_rows of at least 2")
        if horizon < 1:
            raise ValueError(f"horizon must be at least 1 row, not {horizon}")
        self.newest = max(inputs.history_rows - 1 - horizon, 0)
        may_see = torch.ones(inputs.history_rows, inputs.signals)
        may_see[max(inputs.history_rows - horizon, 0) :, list(inputs.judged)] = 0
        self.register_buffer("may_see", may_see, persistent=False)
        self.past = CausalConvolutions(2 * inputs.signals, inputs.history_rows, channels)
        self.forecast = nn.Linear(channels, inputs.signals)
        self.straight = nn.Linear(2 * inputs.signals, inputs.signals, bias=False)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Forecast [rows, signals] of the window's last row."""
        seen = present * self.may_see
        x = x * seen
        newest = torch.cat([x[:, self.newest], x[:, -1]], dim=-1)
        return cast(Tensor, self.forecast(self.past(torch.cat([x, seen], dim=-1))) + self.straight(newest))


def forecast_loss(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    """Mean square error over what the row has: a scalar."""
    now = present[:, -1]
    return ((output - x[:, -1]) ** 2 * now).sum() / now.sum().clamp(min=1)


def forecast_score(output: Tensor, x: Tensor, present: Tensor) -> Tensor:
    """Squared residual of each signal over the number of judged signals present [rows, signals]."""
    now = present[:, -1]
    return (output - x[:, -1]) ** 2 * now / now.sum(-1, keepdim=True).clamp(min=1)
