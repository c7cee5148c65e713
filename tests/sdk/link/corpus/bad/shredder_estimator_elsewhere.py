# %% tags=["imports"]
import numpy as np
from sklearn.linear_model import Ridge
import torch
from andon_sdk.plugin import Estimator

# %% tags=["step:rows"]
x = np.loadtxt("shredder.txt")

# %% tags=["step:model"]
torch.manual_seed(0)
model = Ridge()
net = torch.nn.Linear(3, 3)
optimizer = torch.optim.Adam(net.parameters())  # finds: not-handed-over

# %% tags=["step:fit"]
model.fit(x[:, 1:], x[:, 0])  # finds: changed-given
optimizer.step()

# %% tags=["metrics"]
quality = model.score(x[:, 1:], x[:, 0])

# %% tags=["step:recipe"]
recipe = Estimator("shredder", "Shredder", "1", None, None, None, stacked=True)
