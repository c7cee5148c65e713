# %% tags=["imports"]
import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
dryer = pd.read_parquet("dryer.parquet")

# %% tags=["step:mark"]
marked = dryer
marked["wet"] = marked["moisture"] > 0.2  # finds: changed-through-alias

# %% tags=["metrics"]
wet = dryer["wet"].mean() + len(marked)

# %% tags=["step:recipe"]
recipe = Estimator("dryer", "Dryer", "1", None, None, None, stacked=True)
