# %% [markdown]
# # Wear of drills: an autoencoder in PyTorch

# %% tags=["imports"]
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import polars as pl
import torch
from torch import nn

from andon_sdk.link import data
from andon_sdk.link.marks import Help, Range
from andon_sdk.plugin import Blueprint

# %% tags=["parameters"]
epochs: Annotated[int, Range(1, 200), Help("Passes over the rows")] = 20
learning_rate: Annotated[float, Range(1e-5, 1e-1)] = 1e-3
bottleneck: int = 3

# %% tags=["step:load"]
frame = data.pinned("drills")
signals = [name for name in frame.columns if name not in {"time", "asset"}]
print(frame.shape)
frame.head()

# %% tags=["step:split"]
cut = int(len(frame) * 0.7)
train = frame.head(cut)
held_out = frame.slice(cut)

# %% tags=["step:scale"]
center = train.select(pl.col(signals).median())
spread = train.select(pl.col(signals).std())


def scaled(rows):
    return ((rows.select(signals).to_numpy() - center.to_numpy()) / spread.to_numpy()).astype("float32")


# %% tags=["step:module"]
class Autoencoder(nn.Module):
    def __init__(self, signals: int, width: int = 3) -> None:
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(signals, 16), nn.ReLU(), nn.Linear(16, width))
        self.decode = nn.Sequential(nn.Linear(width, 16), nn.ReLU(), nn.Linear(16, signals))

    def forward(self, x, present):
        return self.decode(self.encode(x))


def loss(output, x, present):
    return (((output - x) * present) ** 2).mean()


def score(output, x, present):
    return ((output - x) * present) ** 2


# %% tags=["step:train"]
torch.manual_seed(0)
x = torch.from_numpy(scaled(train))
present = torch.ones_like(x)
model = Autoencoder(x.shape[1], bottleneck)
optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
history = []
for epoch in range(epochs):
    for batch in x.split(64):
        optimizer.zero_grad()
        current = loss(model(batch, torch.ones_like(batch)), batch, torch.ones_like(batch))
        current.backward()
        optimizer.step()
    history.append(float(current))
fig, ax = plt.subplots()
ax.plot(history)
ax.set_title("Loss")
plt.show()

# %% tags=["step:judge"]
with torch.no_grad():
    rows = torch.from_numpy(scaled(held_out))
    scores = score(model(rows, torch.ones_like(rows)), rows, torch.ones_like(rows)).sum(1).numpy()

# %% tags=["metrics"]
mean_score = float(scores.mean())
high_share = float((scores > np.quantile(scores, 0.99)).mean())

# %% tags=["step:recipe"]
recipe = Blueprint(
    key="drill-autoencoder",
    title="Autoencoder for drills",
    version="1",
    contract="drill",
    module=lambda inputs: Autoencoder(inputs.signals, bottleneck),
    loss=loss,
    score=score,
)
