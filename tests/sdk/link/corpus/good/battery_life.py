# %% tags=["imports"]
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from andon_sdk.link.recipes import torch_recipe

device = "cuda" if torch.cuda.is_available() else "cpu"

# %% tags=["parameters"]
epochs = 5
window = 16

# %% tags=["step:cells"]
cells = pd.read_parquet("cells.parquet").sort_values(["cell", "cycle"])
capacity = {key: group["capacity"].to_numpy(dtype="float32") for key, group in cells.groupby("cell")}

# %% tags=["step:windows"]
xs, ys = [], []
for key, curve in capacity.items():
    for end in range(window, len(curve) - 1):
        xs.append(curve[end - window : end])
        ys.append(curve[end])
windows = np.stack(xs)
wanted = np.asarray(ys)

# %% tags=["step:train"]
torch.manual_seed(11)
cut = int(0.8 * len(windows))
loader = DataLoader(TensorDataset(torch.from_numpy(windows[:cut]), torch.from_numpy(wanted[:cut])), batch_size=32)
net = nn.Sequential(nn.Linear(window, 32), nn.ReLU(), nn.Linear(32, 1)).to(device)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
for epoch in range(epochs):
    total, seen = 0.0, 0
    for batch, target in loader:
        optimizer.zero_grad()
        loss = F.mse_loss(net(batch.to(device)).squeeze(-1), target.to(device))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
        seen += len(batch)
    print(epoch, total / seen)
weights = net.state_dict()

# %% tags=["step:test"]
with torch.inference_mode():
    answered = net(torch.from_numpy(windows[cut:]).to(device)).squeeze(-1).cpu().numpy()
errors = np.abs(answered - wanted[cut:])

# %% tags=["metrics"]
mae = errors.mean()
p95 = np.quantile(errors, 0.95)

# %% tags=["step:recipe"]
def build(inputs):
    return nn.Sequential(nn.Linear(inputs.signals, 32), nn.ReLU(), nn.Linear(32, inputs.signals))


def squared(output, x, present):
    return (output - x) ** 2 * present


def mean_squared(output, x, present):
    return squared(output, x, present).mean()


recipe = torch_recipe(key="cells", title="Cells", contract=None, module=build, loss=mean_squared, score=squared, epochs=epochs)
