# %% tags=["imports"]
from typing import Annotated, Literal

import polars as pl
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from andon_sdk.link.marks import Help, Range
from andon_sdk.link.recipes import fit, score, sklearn_recipe

# %% tags=["parameters"]
components: Annotated[int, Range(1, 4), Help("Directions in which the signals move together")] = 2
scaler: Literal["standard", "robust"] = "standard"

# %% tags=["step:load"]
rows = pl.read_csv("rows.csv")


# %% tags=["step:recipe"]
def make(parameters):
    first = StandardScaler() if scaler == "standard" else RobustScaler()
    return Pipeline([("scale", first), ("plane", PCA(components))])


recipe = sklearn_recipe(key="valve-shape", title="Shape of a valve", contract="valve", make=make)

# %% tags=["step:try_out"]
fitted = fit(recipe, rows.head(200))
answers = score(fitted, rows)

# %% tags=["metrics"]
threshold = fitted.threshold
abnormal = answers["abnormal"].mean()
