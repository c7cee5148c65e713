# %% tags=["imports"]
import random

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestRegressor
from andon_sdk.plugin import Estimator


def jitter(values):
    return [value + random.gauss(0, 1) for value in values]


# %% tags=["step:noise"]
noise = np.random.randn(10)  # finds: unseeded
again = np.random.rand(3)
near = jitter([1, 2])  # finds: unseeded
rng = np.random.default_rng()  # finds: unseeded

# %% tags=["step:net"]
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 3)


net = Net()  # finds: unseeded

# %% tags=["step:models"]
forest = RandomForestRegressor(n_estimators=10)  # finds: unseeded
groups = KMeans(3, random_state=None)  # finds: unseeded
fine = KMeans(3, random_state=0)

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
