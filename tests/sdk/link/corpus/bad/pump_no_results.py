# %% tags=["imports"]
import pandas as pd

# %% tags=["step:load"]
rows = pd.read_parquet("pump.parquet")

# %% tags=["metrics"]
print(rows.mean())  # finds: metrics-without-number, recipe-missing
told = f"{len(rows)} rows"
