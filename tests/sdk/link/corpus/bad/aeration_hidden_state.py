# %% tags=["imports"]
import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["skip"]
cutoff = 0.7

# %% tags=["step:load"]
df = pd.read_csv("aeration.csv")

# %% tags=["step:filter"]
kept = df[df["oxygen"] > cutoff]  # finds: hidden-state
shown = kept[columns]  # finds: undefined-name
display(shown)  # finds: notebook-only

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
