# %% tags=["imports"]
import pandas as pd
import requests
from andon_sdk.plugin import Estimator

# %% tags=["step:fetch"]
"""See https://example.org for the rows."""
rows = pd.read_csv("https://example.org/lathe.csv")  # finds: network-address
answer = requests.get("http://10.0.0.7:8080/rows").json()  # finds: network-address
url = f"postgresql://{answer}@plant/db"  # finds: network-address
broker = "192.168.1.20:1883"  # finds: network-address

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
