# %% tags=["imports"]
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
arms = [1, 2]
rows = len(arms)
del arms
again = arms  # finds: out-of-order

# %% tags=["step:use"]
first = arms[0] + rows  # finds: out-of-order

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
