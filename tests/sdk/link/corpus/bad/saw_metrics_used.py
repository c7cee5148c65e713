# %% tags=["imports"]
from andon_sdk.plugin import Estimator

# %% tags=["step:cut"]
cuts = [1, 2]

# %% tags=["metrics"]
mean_cut = sum(cuts) / 2

# %% tags=["step:after"]
limit = mean_cut * 2  # finds: hidden-state

# %% tags=["step:recipe"]
recipe = Estimator("saw", "Saw", "1", None, None, None, stacked=True)
