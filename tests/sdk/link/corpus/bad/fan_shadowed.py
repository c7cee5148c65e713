# %% tags=["imports"]
import numpy as np
from andon_sdk.link import data
from andon_sdk.plugin import Estimator

# %% tags=["parameters"]
window = 5

# %% tags=["step:load"]
data = data.pinned("fan")  # finds: shadowed-import
list = [1, 2, 3]  # finds: shadowed-builtin
max = max(list)  # finds: shadowed-builtin
window = window * 2  # finds: parameter-rebound
fan = data.mean() + max

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
