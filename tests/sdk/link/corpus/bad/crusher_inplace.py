# %% tags=["imports"]
import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
crusher = pd.read_parquet("crusher.parquet")
limits = []

# %% tags=["step:fill"]
crusher.fillna(0, inplace=True)  # finds: changed-given
limits.append(crusher["power"].max())  # finds: changed-given

# %% tags=["metrics"]
power = limits[0] + crusher["power"].mean()

# %% tags=["step:recipe"]
recipe = Estimator("crusher", "Crusher", "1", None, None, None, stacked=True)
