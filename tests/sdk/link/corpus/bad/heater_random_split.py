# %% tags=["imports"]
import pandas as pd
from sklearn.model_selection import KFold, train_test_split
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
heater = pd.read_parquet("heater.parquet")
mixed = heater.sample(frac=1, random_state=0)  # finds: leak-shuffled-split

# %% tags=["step:split"]
train, test = train_test_split(heater, test_size=0.2, random_state=1)  # finds: leak-shuffled-split
folds = KFold(5, shuffle=True, random_state=0)  # finds: leak-shuffled-split

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
