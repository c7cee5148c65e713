# %% tags=["imports"]
from andon_sdk.plugin import Estimator

# %% tags=["step:level"]
level = {"low": 1}  # finds: cycle
margin = level["low"] * factor  # finds: out-of-order

# %% tags=["step:factor"]
factor = len(level)

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
