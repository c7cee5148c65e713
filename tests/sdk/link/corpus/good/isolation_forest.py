# %% tags=["imports"]
import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from andon_sdk.link.recipes import sklearn_recipe

# %% tags=["parameters"]
n_trees = 200
contamination = 0.02

# %% tags=["step:load"]
df = pd.read_parquet("valves.parquet")
df["datetime"] = pd.to_datetime(df["datetime"])
df = df.set_index("datetime").sort_index()
df.info()

# %% tags=["step:features"]
features = df.drop(columns=["anomaly", "changepoint"]).rolling(10).mean().dropna()
labels = df.loc[features.index, "anomaly"].astype(int)

# %% tags=["step:split"]
half = len(features) // 2
x_train, x_test = features.iloc[:half], features.iloc[half:]
y_test = labels.iloc[half:]

# %% tags=["step:fit"]
pipe = make_pipeline(
    StandardScaler(), IsolationForest(n_estimators=n_trees, contamination=contamination, random_state=7)
)
pipe.fit(x_train)

# %% tags=["step:predict"]
scores = -pipe.decision_function(x_test)
predicted = (pipe.predict(x_test) == -1).astype(int)

# %% tags=["metrics"]
auc = roc_auc_score(y_test, scores)
f1 = f1_score(y_test, predicted)
print(f"AUC {auc:.3f}, F1 {f1:.3f}")

# %% tags=["step:recipe"]
recipe = sklearn_recipe(
    key="valve-forest",
    title="Isolation forest for valves",
    contract="valve",
    make=lambda parameters: make_pipeline(StandardScaler(), IsolationForest(random_state=7)),
)
