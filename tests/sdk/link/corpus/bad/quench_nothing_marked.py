# %% tags=["imports"]
import pandas as pd

# %% tags=["step:load"]
rows = pd.read_parquet("quench.parquet")  # finds: metrics-missing, recipe-missing
