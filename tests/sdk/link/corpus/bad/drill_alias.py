# %% tags=["imports"]
import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
raw = pd.read_parquet("drill.parquet")
work = raw

# %% tags=["step:scale"]
work["force"] /= 10  # finds: changed-given, changed-through-alias

# %% tags=["step:compare"]
difference = raw["force"] - work["force"]

# %% tags=["metrics"]
mean_difference = difference.mean()

# %% tags=["step:recipe"]
recipe = Estimator("drill", "Drill", "1", None, None, None, stacked=True)
