# %% tags=["imports"]
import time

import numpy as np
import polars as pl
from andon_sdk.plugin import Estimator

try:
    from tqdm.auto import tqdm
except ImportError:
    tqdm = None

# %% tags=["parameters"]
rows: int = 2_000
noise: float = 0.1
seed: int = 5

# %% tags=["step:simulate"]
started = time.perf_counter()
rng = np.random.default_rng(seed)
t = np.arange(rows)
flow = 10 + np.sin(t / 50) + rng.normal(0, noise, rows)
pressure = 0.5 * flow + rng.normal(0, noise, rows)
pressure[rows // 2 :] += 1.5
pump = pl.DataFrame({"t": t, "flow": flow, "pressure": pressure})
print(f"simulated in {time.perf_counter() - started:.2f} s")

# %% tags=["step:judge"]
half = rows // 2
slope, intercept = np.polyfit(pump["flow"][: half // 2], pump["pressure"][: half // 2], 1)
residual = (pump["pressure"] - slope * pump["flow"] - intercept).abs().to_numpy()
limit = np.quantile(residual[: half // 2], 0.99)

# %% tags=["metrics"]
found = float((residual[half:] > limit).mean())
false = float((residual[half // 2 : half] > limit).mean())

# %% tags=["step:recipe"]
def fit(given, parameters):
    center = given.target.mean(0)
    return {"center": center, "spread": given.target.std(0)}


def score(model, x, seen, judged):
    return ((x - model["center"]) / model["spread"]).abs() * judged


recipe = Estimator(key="pump", title="Pump", version="1", contract=None, fit=fit, score=score, stacked=True)
