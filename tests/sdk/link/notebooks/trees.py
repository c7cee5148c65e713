# %% tags=["imports"]
from typing import Annotated

import polars as pl

from andon_sdk.link.marks import Help, Range
from andon_sdk.link.recipes import fit, lightgbm_recipe, score

# %% tags=["parameters"]
trees: Annotated[int, Range(1, 100), Help("Trees for each signal")] = 12
rate: Annotated[float, Range(0.01, 1.0), Help("Share of each tree's answer that is taken")] = 0.2

# %% tags=["step:load"]
rows = pl.read_csv("rows.csv")

# %% tags=["step:recipe"]
recipe = lightgbm_recipe(
    key="valve-trees",
    title="Trees of a valve",
    contract="valve",
    params={"num_iterations": trees, "learning_rate": rate, "num_leaves": 8, "min_data_in_leaf": 10},
)

# %% tags=["step:try_out"]
fitted = fit(recipe, rows.head(200))
answers = score(fitted, rows)

# %% tags=["metrics"]
threshold = fitted.threshold
abnormal = answers["abnormal"].mean()
