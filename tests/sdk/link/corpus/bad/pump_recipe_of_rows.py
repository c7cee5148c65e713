# %% tags=["imports"]
import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
rows = pd.read_parquet("pump.parquet")

# %% tags=["step:limits"]
center = rows.mean()


def fit(given, parameters):
    return {"center": center}


# %% tags=["metrics"]
level = float(center.iloc[0])

# %% tags=["step:recipe"]
recipe = Estimator("pump", "Pump", "1", None, fit, None, stacked=True)  # finds: recipe-of-rows
