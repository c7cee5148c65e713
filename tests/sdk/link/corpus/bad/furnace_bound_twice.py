# %% tags=["imports"]
import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
df = pd.read_csv("furnace.csv")

# %% tags=["step:clean"]
df = df.dropna()  # finds: bound-twice

# %% tags=["metrics"]
rows = len(df)

# %% tags=["step:recipe"]
recipe = Estimator("furnace", "Furnace", "1", None, None, None, stacked=True)
