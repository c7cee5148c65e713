# %% tags=["imports"]
import json
import os

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.model_selection import TimeSeriesSplit

from andon_sdk.link.recipes import lightgbm_recipe

# %% tags=["parameters"]
learning_rate: float = 0.05
folds: int = 4

# %% tags=["step:load"]
joints = pd.read_parquet(os.path.join("ur3", "joints.parquet"))
assert not joints.empty, "no rows"
config = json.loads('{"window": 25}')
window = config["window"]

# %% tags=["step:features"]
def lagged(frame, columns, lags):
    parts = [frame[columns].shift(lag).add_suffix(f"_{lag}") for lag in lags]
    return pd.concat([frame, *parts], axis=1).dropna()


currents = [column for column in joints if column.startswith("current")]
table = lagged(joints, currents, lags=(1, 2, window))

# %% tags=["step:cross_validate"]
errors = []
columns = [column for column in table if column not in {"protective_stop", "time"}]
for train_at, test_at in TimeSeriesSplit(folds).split(table):
    booster = lgb.LGBMClassifier(learning_rate=learning_rate, n_estimators=80, random_state=3)
    booster.fit(table[columns].iloc[train_at], table["protective_stop"].iloc[train_at])
    chance = booster.predict_proba(table[columns].iloc[test_at])[:, 1]
    errors.append(float(np.mean((chance - table["protective_stop"].iloc[test_at]) ** 2)))
    print(f"fold with {len(train_at)} rows: {errors[-1]:.4f}")

# %% tags=["metrics"]
brier = sum(errors) / len(errors)
worst_brier = max(errors)

# %% tags=["step:recipe"]
recipe = lightgbm_recipe(key="ur3", title="Protective stops", contract="ur3", params=dict(learning_rate=learning_rate))
