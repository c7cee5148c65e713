# %% tags=["imports"]
import numpy as np
from andon_sdk.plugin import Estimator

np.random.seed(0)

# %% tags=["step:first"]
a = np.random.rand(3)

# %% tags=["step:second"]
b = np.random.rand(3)  # finds: unseeded

# %% tags=["step:third"]
np.random.seed(3)
c = np.random.rand(3)

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
