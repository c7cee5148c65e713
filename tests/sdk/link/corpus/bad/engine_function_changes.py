# %% tags=["imports"]
import numpy as np
from andon_sdk.plugin import Estimator


def standardise(values):
    values -= 1
    values[:] = values / 2


# %% tags=["step:load"]
engine = np.loadtxt("engine.txt")

# %% tags=["step:look"]
print(engine.max())

# %% tags=["step:scale"]
standardise(engine)  # finds: changed-after-use

# %% tags=["metrics"]
level = engine.mean()

# %% tags=["step:recipe"]
recipe = Estimator("engine", "Engine", "1", None, None, None, stacked=True)
