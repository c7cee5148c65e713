# %% tags=["imports"]
from andon_sdk.plugin import Estimator

# %% tags=["step:limit"]
limit = 3.0


def over(value):
    return value > limit


# %% tags=["step:tighten"]
limit = 2.0  # finds: bound-twice, closure-changed

# %% tags=["step:judge"]
judged = over(2.5), limit

# %% tags=["metrics"]
share = sum(judged)

# %% tags=["step:recipe"]
recipe = Estimator("reactor", "Reactor", "1", None, None, None, stacked=True)
