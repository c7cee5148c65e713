# %% tags=["imports"]
import math
from datetime import timedelta

import polars as pl
from sklearn.linear_model import Ridge
from andon_sdk.link.recipes import sklearn_recipe

LATITUDE = 37.4


def clear_sky(hour: float, latitude: float = LATITUDE) -> float:
    """Share of the greatest power, without clouds."""
    return max(0.0, math.sin(math.pi * (hour - 6) / 12)) * math.cos(math.radians(latitude))


# %% tags=["parameters"]
horizon_h = 24
alpha = 1.0

# %% tags=["step:load"]
plant = pl.read_parquet("plant.parquet").sort("time")

# %% tags=["step:features"]
hours = plant["time"].dt.hour().to_list()
table = plant.with_columns(
    pl.Series("clear", [clear_sky(hour) for hour in hours]),
    pl.col("power").shift(horizon_h).alias("yesterday"),
    pl.col("cloud").rolling_mean(3).alias("cloud_3h"),
    pl.col("power").shift(-horizon_h).alias("target"),
).drop_nulls()

# %% tags=["step:split"]
moment = table["time"].max() - timedelta(days=14)
train = table.filter(pl.col("time") < moment)
test = table.filter(pl.col("time") >= moment)

# %% tags=["step:fit"]
columns = ["clear", "yesterday", "cloud_3h"]
model = Ridge(alpha=alpha)
model.fit(train.select(columns).to_numpy(), train["target"].to_numpy())

# %% tags=["metrics"]
said = model.predict(test.select(columns).to_numpy())
truth = test["target"].to_numpy()
mae = float(abs(said - truth).mean())
mae_naive = float(abs(test["power"].to_numpy() - truth).mean())
skill = 1 - mae / mae_naive

# %% tags=["step:deploy"]
recipe = sklearn_recipe(key="solar", title="Solar power", contract="solar", make=lambda parameters: Ridge())
