# %% tags=["imports"]
from andon_sdk.plugin import Estimator


def scaled(rows):
    return rows / spread * gain  # finds: out-of-order, out-of-order


# %% tags=["parameters"]
gain = 2.0

# %% tags=["step:fit"]
spread = 3.0
answer = scaled(4.0) * gain

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
