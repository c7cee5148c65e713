# %% tags=["imports"]
from andon_sdk.plugin import Estimator

# %% tags=["step:sort"]
ready = sorted(items)  # finds: out-of-order

# %% tags=["step:sort"]
items = [3, 1]

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
