# %% tags=["imports"]
from typing import Annotated, Literal
from andon_sdk.link.marks import Help, Range
from andon_sdk.plugin import Estimator

# %% tags=["parameters"]
epochs: Annotated[int, Range(1, 200)] = 500  # finds: parameter-out-of-range
rate: Annotated[float, Range(1, 0)] = 0.5  # finds: parameter-out-of-range
mode: Literal["fast", "exact"] = "slow"  # finds: parameter-out-of-range
columns = ["a", "b"]  # finds: parameter-not-literal
half = epochs / 2  # finds: parameter-not-literal
nothing = None  # finds: parameter-not-literal
size: "Annotated[int, Range(1)]" = 3  # finds: parameter-annotation
whole: int = 1.5  # finds: parameter-out-of-range
print(epochs)  # finds: parameter-not-literal
unused = 1  # finds: parameter-unused

# %% tags=["step:use"]
used = epochs, rate, mode, size, whole

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
