# %% tags=["imports"]
import pickle

import joblib
import numpy as np
import pandas as pd
import torch
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
with open("oven.pkl", "rb") as file:
    model = pickle.load(file)  # finds: unsafe-load
scaler = joblib.load("scaler.joblib")  # finds: unsafe-load
weights = torch.load("weights.pt")  # finds: unsafe-load
fine = torch.load("weights.pt", weights_only=True)
rows = np.load("rows.npy", allow_pickle=True)  # finds: unsafe-load
frame = pd.read_pickle("frame.pkl")  # finds: unsafe-load
name = input("Which oven? ")  # finds: asks-person

# %% tags=["metrics"]
rows_seen = 1.0

# %% tags=["step:deployed"]
recipe = Estimator("a", "A", "1", None, None, None, stacked=True)
