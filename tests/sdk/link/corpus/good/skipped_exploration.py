# %% tags=["imports"]
import pandas as pd
from andon_sdk.link.recipes import sklearn_recipe
from sklearn.covariance import EllipticEnvelope

# %% tags=["skip"]
%load_ext andon_sdk.link
!ls

# %% tags=["step:load"]
rows = pd.read_csv("press.csv", parse_dates=["time"])
rows = rows.loc[rows["force"].notna()].copy()
rows["hour"] = rows["time"].dt.hour

# %% tags=["skip"]
import seaborn as sns

sns.pairplot(rows)
scratch = rows.corr()

# %%
# nothing here yet

# %%
%link graph

# %% tags=["step:fit"]
shape = EllipticEnvelope(random_state=0)
shape.fit(rows[["force", "stroke"]])

# %% tags=["metrics"]
outside = (shape.predict(rows[["force", "stroke"]]) == -1).mean()

# %% tags=["step:recipe"]
recipe = sklearn_recipe(key="press", title="Press", contract=None, make=lambda parameters: EllipticEnvelope(random_state=0))
