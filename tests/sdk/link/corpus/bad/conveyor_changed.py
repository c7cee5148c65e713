# %% tags=["imports"]
import matplotlib_lookalike as plt
import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
df = pd.read_parquet("conveyor.parquet")

# %% tags=["step:plot"]
df["speed"].plot()

# %% tags=["step:clean"]
df["speed"] = df["speed"].clip(0, 10)  # finds: changed-after-use

# %% tags=["metrics"]
speed = df["speed"].mean()

# %% tags=["step:recipe"]
recipe = Estimator("conveyor", "Conveyor", "1", None, None, None, stacked=True)
