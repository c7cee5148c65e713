# %% tags=["imports"]
import os
from andon_sdk.plugin import Estimator

# %% tags=["step:log_in"]
password = "hunter22"  # finds: secret
config = {"api_key": "0a1b2c3d4e", "user": "kim"}  # finds: secret
dsn = "postgresql://kim:pa55word@plant/db"  # finds: secret
session = dict(token="3f9c2b1d8e")  # finds: secret
cloud = "AKIAIOSFODNN7EXAMPLE"  # finds: secret
fine = os.environ["PLANT_PASSWORD"]
token = "<your token>"

# %% tags=["skip"]
api_token = "9a8b7c6d5e"  # finds: secret

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
