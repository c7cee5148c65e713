# %% tags=["imports"]
from andon_sdk.plugin import Estimator

# %% tags=["step:limits"]
checks = [lambda x: x > limit for limit in (1, 2, 3)]  # finds: loop-variable-captured
by_name = {}
for name in ("a", "b"):
    by_name[name] = lambda x: (name, x)  # finds: loop-variable-captured

    def check(x):  # finds: loop-variable-captured
        return name, x

    checks.append(check)
fine = sorted([3, 1], key=lambda x: -x)

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
