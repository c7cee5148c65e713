# %% tags=["imports"]
import os
from pathlib import Path

import pandas as pd
from andon_sdk.plugin import Estimator

# %% tags=["parameters"]
folder = "/home/kim/kiln"  # finds: absolute-path
pattern = "*.csv"

# %% tags=["step:load"]
here = pd.read_csv(f"{folder}/{pattern}")
there = pd.read_csv(r"C:\kiln\rows.csv")  # finds: absolute-path
mine = pd.read_csv("~/kiln.csv")  # finds: absolute-path
home = Path.home() / "kiln"  # finds: absolute-path
other = os.path.expanduser("kiln")  # finds: absolute-path
beside = pd.read_csv("rows/kiln.csv")

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
