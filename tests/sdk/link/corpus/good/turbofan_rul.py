# %% [markdown]
# Remaining useful life of turbofans, the way of many Kaggle notebooks

# %% tags=["imports"]
import lightgbm as lgb
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
from sklearn.metrics import mean_squared_error

from andon_sdk.link.recipes import lightgbm_recipe

# %% tags=["parameters"]
num_leaves = 31
rounds = 300
early_rul = 125

# %% tags=["step:read"]
index_names = ["unit", "cycle"]
setting_names = ["setting_1", "setting_2", "setting_3"]
sensor_names = [f"s_{i}" for i in range(1, 22)]
col_names = index_names + setting_names + sensor_names
raw = pd.read_csv("train_FD001.txt", sep=r"\s+", header=None, names=col_names)
raw.describe().T

# %% tags=["step:target"]
last_cycle = raw.groupby("unit")["cycle"].transform("max")
labelled = raw.assign(RUL=(last_cycle - raw["cycle"]).clip(upper=early_rul))

# %% tags=["step:select"]
spread = labelled[sensor_names].std()
kept = [name for name in sensor_names if spread[name] > 1e-3]

# %% tags=["step:split"]
units = np.sort(labelled["unit"].unique())
valid_units = units[-20:]
is_valid = labelled["unit"].isin(valid_units)
train, valid = labelled[~is_valid], labelled[is_valid]

# %% tags=["step:fit"]
params = {"objective": "regression", "num_leaves": num_leaves, "seed": 1, "verbose": -1}
booster = lgb.train(params, lgb.Dataset(train[kept], train["RUL"]), num_boost_round=rounds)

# %% tags=["step:look"]
importance = pd.Series(booster.feature_importance(), index=kept).sort_values()
importance.plot.barh(figsize=(6, 8))
plt.tight_layout()

# %% tags=["metrics"]
predictions = booster.predict(valid[kept])
rmse = float(np.sqrt(mean_squared_error(valid["RUL"], predictions)))
early = float(np.mean(predictions < valid["RUL"]))

# %% tags=["step:recipe"]
recipe = lightgbm_recipe(key="turbofan", title="Turbofan life", contract=None, params={"num_leaves": num_leaves})
