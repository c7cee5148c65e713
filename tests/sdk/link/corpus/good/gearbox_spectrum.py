# %% tags=["imports"]
import itertools
import re
from decimal import Decimal

import numpy as np
from scipy.signal import welch
from andon_sdk.link import data
from andon_sdk.link.recipes import torch_recipe
import torch

BANDS = ((0, 100), (100, 500), (500, 2000))
PATTERN = re.compile(r"gear_(?P<number>\d+)")

# %% tags=["parameters"]
rate_hz = 5000

# %% tags=["step:load"]
gear = data.from_parquet("gearbox.parquet", "sha256:0a")
numbers = [int(found["number"]) for name in gear.columns if (found := PATTERN.fullmatch(name))]

# %% tags=["step:bands"]
powers = {}
for number, (low, high) in itertools.product(numbers, BANDS):
    frequency, power = welch(gear[f"gear_{number}"].to_numpy(), fs=rate_hz)
    inside = (frequency >= low) & (frequency < high)
    powers[number, low] = float(power[inside].sum())
grid = np.array([[powers[number, low] for low, _ in BANDS] for number in numbers])

# %% tags=["step:ratio"]
ratio = grid / grid.sum(axis=1, keepdims=True)
worst = max(range(len(numbers)), key=lambda at: ratio[at, -1])
rounded = Decimal(str(ratio[worst, -1])).quantize(Decimal("0.001"))

# %% tags=["metrics"]
high_band = float(rounded)
gears = len(numbers)

# %% tags=["step:recipe"]
def identity(inputs):
    return torch.nn.Identity()


recipe = torch_recipe(key="gear", title="Gear", contract="gear", module=identity, loss=lambda o, x, p: (o - x).mean(), score=lambda o, x, p: (o - x).abs() * p, epochs=1)
