# %% tags=["imports"]
import time
from datetime import datetime

from andon_sdk.plugin import Estimator

# %% tags=["step:names"]
names = list(set(["b", "a"]))  # finds: set-order
for name in {"x", "y"}:  # finds: set-order
    print(name)
codes = {name: at for at, name in enumerate(set(names))}  # finds: set-order
fine = sorted(set(names))

# %% tags=["step:stamp"]
started = time.time()
stamp = datetime.now().isoformat()  # finds: clock
print(time.time() - started)

# %% tags=["metrics"]
seconds = time.time() - 5  # finds: clock
count = len(codes) + len(stamp)

# %% tags=["step:recipe"]
recipe = Estimator("nozzle", "Nozzle", "1", None, None, None, stacked=True)
