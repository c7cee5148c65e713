# %% tags=["imports"]
import pandas as pd
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from andon_sdk.plugin import Estimator

# %% tags=["step:load"]
df = pd.read_parquet("hydraulics.parquet")
filled = df.fillna(df.mean())  # finds: leak-fit-before-split

# %% tags=["step:scale"]
scaler = StandardScaler()
scaled = scaler.fit_transform(filled)  # finds: leak-fit-before-split
other = MinMaxScaler().fit(filled)  # finds: leak-fit-before-split

# %% tags=["step:split"]
cut = len(scaled) // 2
X_train, X_test = scaled[:cut], scaled[cut:]

# %% tags=["metrics"]
level = X_train.mean() - X_test.mean()

# %% tags=["step:recipe"]
recipe = Estimator("hydraulics", "Hydraulics", "1", None, None, None, stacked=True)
