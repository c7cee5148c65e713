# %% tags=["imports"]
import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["step:features"]
df = pd.read_parquet("inverter.parquet")
wide = df.assign(coming=df["power"].shift(-3), target=df["power"].shift(-1))  # finds: leak-looks-ahead
smooth = df["power"].rolling(5, center=True).mean()  # finds: leak-looks-ahead
filled = df.bfill()  # finds: leak-looks-ahead
also = df.fillna(method="bfill")  # finds: leak-looks-ahead
back = df["power"].shift(1).rolling(5).mean().ffill()

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
