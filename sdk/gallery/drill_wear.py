# %% [markdown]
# # Wear of laser drills
#
# Each drill has parts of its own, so each gets a model of its own: a small network that tells every signal of a row
# from all of them, trained on days when the drill was well. Where it fails, signals have stopped moving together as
# they did.
#
# **What the numbers are worth.** The drills are simulated: wear of one part shifts a few signals against the others,
# and stays within what recipes and weather do to them. So plain limits see little of it and this network much. That
# is how the simulator was written; it says that the pipeline works, and nothing about your drills. Take rows of your
# own before you believe a warning time: `data.snapshot("drills", […], start, end)`, and `data.pinned("drills")` in
# place of `data.simulated`.

# %% tags=["imports"]
from typing import Annotated

import polars as pl
import torch
from torch import nn

from andon_sdk.link import data
from andon_sdk.link.marks import Help, Range
from andon_sdk.link.recipes import fit, score, torch_recipe

# %% tags=["parameters"]
epochs: Annotated[int, Range(5, 200), Help("Passes over the rows of a drill")] = 40
learning_rate: Annotated[float, Range(0.0001, 0.02), Help("Step of the training")] = 0.003
hidden: Annotated[int, Range(8, 64), Help("Width of the network")] = 32
narrow: Annotated[int, Range(2, 12), Help("Causes that move the signals, about")] = 6
well_days: Annotated[int, Range(5, 12), Help("Days from the start on which every drill was well")] = 10

# %% [markdown]
# ## Rows
# Six drills over eight weeks, a row every quarter of an hour. Two of them wear out within that time.

# %% tags=["step:rows"]
plant = data.simulated("laser-drills", "2026-01-01T00:00Z", days=51, every_s=900, machines=6, seed=7)
rows = plant.rows
events = plant.events

# %% [markdown]
# ## Days that were well, and those after them
# Cut in time. Mixing rows at random would put neighbours of every judged row into training.

# %% tags=["step:cut"]
border = rows["time"].min() + pl.duration(days=well_days)
well = rows.filter(pl.col("time") < border)
later = rows.filter(pl.col("time") >= border)

# %% [markdown]
# ## The recipe
# A module for **one** drill, a loss and a score. Andon stacks it over thousands of them, trains a second one that
# answers when sensors fail, and finds a threshold for each set of signals.


# %% tags=["step:recipe"]
class Reconstruction(nn.Module):
    """Tells the signals of a row from those that are present."""

    def __init__(self, signals, hidden, narrow):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 * signals, hidden),
            nn.ReLU(),
            nn.Linear(hidden, narrow),
            nn.Linear(narrow, hidden),
            nn.ReLU(),
            nn.Linear(hidden, signals),
        )

    def forward(self, x, present):
        return self.layers(torch.cat([x * present, present], dim=-1))


def network(inputs):
    return Reconstruction(inputs.signals, hidden, narrow)


def mean_error(output, x, present):
    return ((output - x) ** 2 * present).sum() / present.sum().clamp(min=1)


def shares(output, x, present):
    return (output - x) ** 2 * present / present.sum(-1, keepdim=True).clamp(min=1)


recipe = torch_recipe(
    key="drill-wear-notebook",
    title="Wear of a laser drill, from a notebook",
    contract="laser-drill",
    module=network,
    loss=mean_error,
    score=shares,
    epochs=epochs,
    learning_rate=learning_rate,
)

# %% [markdown]
# ## Every drill, judged on the days it was not trained on

# %% tags=["step:judge"]
judged = pl.concat(
    score(fit(recipe, mine, seed=0), later.filter(pl.col("asset") == asset)).with_columns(asset=pl.lit(asset))
    for (asset,), mine in well.group_by("asset", maintain_order=True)
)

# %% [markdown]
# ## Warnings against stops
# A drill warns from the first day on which most of its rows are abnormal, if on every later day until the stop they
# are too. The other four begin to wear on the 45th day at the earliest, so until then each alarm of theirs is a false
# one.

# %% tags=["step:warnings"]
days = judged.group_by_dynamic("time", every="1d", group_by="asset").agg(abnormal=(pl.col("value") > 1).mean() > 0.5)
stops = events.filter(pl.col("kind") == "failure").select("asset", stop="time")
before = days.join(stops, on="asset").filter(pl.col("time") + pl.duration(days=1) <= pl.col("stop"))
well_until = before.filter(~pl.col("abnormal")).group_by("asset").agg(last=pl.col("time").max())
warnings = stops.join(well_until, on="asset", how="left").with_columns(
    warning=(pl.col("stop") - pl.col("last").fill_null(later["time"].min())).dt.total_hours() / 24
)
first_wear = rows["time"].min() + pl.duration(days=45)
healthy = judged.join(stops, on="asset", how="anti").filter(pl.col("time") < first_wear)

# %% tags=["metrics"]
stopped_drills = stops.height
shortest_warning_days = float(warnings["warning"].min())
false_alarm_share = float((healthy["value"] > 1).mean())
{
    "stopped_drills": stopped_drills,
    "shortest_warning_days": shortest_warning_days,
    "false_alarm_share": false_alarm_share,
}

# %% [markdown]
# Shown in a picture, which no pipeline needs:

# %% tags=["skip"]
days.pivot(on="asset", index="time", values="abnormal").sort("time")
