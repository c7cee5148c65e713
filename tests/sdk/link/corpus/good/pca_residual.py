# %% tags=["imports"]
import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import RobustScaler
from andon_sdk.link import data
from andon_sdk.link.recipes import sklearn_recipe

# %% tags=["parameters"]
share: float = 0.95
mode: "Literal['spe', 't2']" = "spe"

# %% tags=["step:rows"]
%matplotlib inline
frame = data.pinned("plant")
values = frame.drop("time", "asset").to_numpy()

# %% tags=["step:split"]
cut = len(values) * 2 // 3
past, later = values[:cut], values[cut:]

# %% tags=["step:model"]
scaler = RobustScaler().fit(past)
pca = PCA(n_components=share).fit(scaler.transform(past))

# %% tags=["step:scores"]
def residual(rows):
    z = scaler.transform(rows)
    if mode == "t2":
        return (pca.transform(z) ** 2 / pca.explained_variance_).sum(1)
    return ((z - pca.inverse_transform(pca.transform(z))) ** 2).sum(1)


calibrated = np.quantile(residual(past), 0.99)
later_scores = residual(later) / calibrated

# %% tags=["metrics"]
alarms = int((later_scores > 1).sum())
worst = float(later_scores.max())

# %% tags=["step:recipe"]
recipe = sklearn_recipe(key="pca", title="PCA", contract=None, make=lambda parameters: PCA(0.95))
