# %% tags=["imports"]
from math import *  # finds: star-import
from andon_sdk.plugin import Estimator

# %% tags=["step:run"]
exec("a = 1")  # finds: names-by-text
b = eval("sqrt(4)")  # finds: names-by-text
globals()["c"] = 3  # finds: names-by-text
d = eval("x + 1", {"x": 1})
e = sqrt(4)
%run other.py  # finds: names-by-text

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
