# %% tags=["imports"]
from andon_sdk.plugin import Estimator

# %% tags=["step:count"]
seen = 0


def count(row):
    global seen  # finds: global-in-function
    seen += 1
    return row


total = [count(row) for row in range(3)]

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
