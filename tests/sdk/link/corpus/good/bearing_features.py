# %% tags=["imports"]
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from scipy.fft import rfft, rfftfreq

from andon_sdk.plugin import Estimator

RATE_HZ = 20_000


def rms(signal):
    return float(np.sqrt(np.mean(np.square(signal))))


def crest(signal):
    return float(np.max(np.abs(signal)) / rms(signal))


# %% tags=["step:read"]
folder = Path("bearings")
files = sorted(folder.glob("*.csv"))
signals = {}
for path in files:
    with path.open() as lines:
        signals[path.stem] = np.loadtxt(lines, delimiter=",")
len(signals)

# %% tags=["step:features"]
rows = []
for name, signal in signals.items():
    spectrum = np.abs(rfft(signal))
    frequencies = rfftfreq(len(signal), 1 / RATE_HZ)
    rows.append(
        {
            "name": name,
            "rms": rms(signal),
            "crest": crest(signal),
            "kurtosis": float(stats.kurtosis(signal)),
            "peak_hz": float(frequencies[spectrum.argmax()]),
        }
    )
table = pd.DataFrame(rows).set_index("name")

# %% tags=["step:limits"]
healthy = table.iloc[: len(table) // 4]
upper = healthy.mean() + 3 * healthy.std()

# %% tags=["step:judge"]
over = (table > upper).sum(axis=1)
first = next((i for i, count in enumerate(over) if count >= 2), len(over))

# %% tags=["metrics"]
warning_share = first / len(table)
mean_rms = table["rms"].mean()

# %% tags=["step:recipe"]
def fit(rows, parameters):
    center = (rows.target * rows.present).sum(0) / rows.present.sum(0).clamp(min=1)
    return {"center": center}


def score(model, x, seen, judged):
    return (x - model["center"]) ** 2 * judged


recipe = Estimator("bearing", "Bearing limits", "1", None, fit, score, stacked=True)
