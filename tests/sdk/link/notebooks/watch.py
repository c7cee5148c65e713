# %% tags=["imports"]
from typing import Annotated

import polars as pl
import torch
from torch import nn

from andon_sdk.link.marks import Help, Range
from andon_sdk.link.recipes import fit, score, torch_recipe
from andon_sdk.plugin.dense import reconstruction_loss, reconstruction_score, summary

# %% tags=["parameters"]
epochs: Annotated[int, Range(1, 200), Help("Passes over the rows")] = 6
learning_rate: Annotated[float, Range(0.0001, 0.1)] = 0.003
width: Annotated[int, Range(4, 64)] = 16

# %% tags=["step:load"]
rows = pl.read_csv("rows.csv")


# %% tags=["step:shape"]
class Narrow(nn.Module):
    """Through a narrow middle and back."""

    def __init__(self, inputs, width):
        super().__init__()
        self.there = nn.Linear(2 * inputs.signals, width)
        self.back = nn.Linear(width, inputs.signals)

    def forward(self, x, present):
        values, mask = summary(x, present)
        return self.back(torch.tanh(self.there(torch.cat([values, mask], dim=-1))))


def module(inputs):
    return Narrow(inputs, width)


# %% tags=["step:recipe"]
recipe = torch_recipe(
    key="valve-watch",
    title="Watch a valve",
    contract="valve",
    module=module,
    loss=reconstruction_loss,
    score=reconstruction_score,
    epochs=epochs,
    learning_rate=learning_rate,
)

# %% tags=["step:try_out"]
fitted = fit(recipe, rows.head(200))
answers = score(fitted, rows)

# %% tags=["metrics"]
threshold = fitted.threshold
abnormal = answers["abnormal"].mean()
