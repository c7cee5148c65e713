"""One `MLPRegressor` an asset: the same widths, optimiser, batch and epochs. Main models only; it has no mask."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from fleet.plant import BATCH, EPOCHS, ESSENTIAL, settings_of
from services.fleet.prepare import FleetRows, prepare


def regressors(rows: FleetRows) -> float:
    """Trains a model for every asset; answers their mean held-out loss."""
    prepared = prepare(rows, ESSENTIAL, settings_of("dense").split)
    losses = []
    for asset in range(len(rows.assets)):
        model = MLPRegressor(
            hidden_layer_sizes=(32, 4, 32), learning_rate_init=1e-3, batch_size=BATCH, max_iter=EPOCHS,
            n_iter_no_change=EPOCHS, random_state=asset,
        )  # fmt: skip
        x = prepared.train.x[asset].astype(np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # all its epochs are what is asked for
            model.fit(x, x)
        unseen = prepared.calibration.x[asset].astype(np.float64)
        losses.append(float(np.mean((model.predict(unseen) - unseen) ** 2)))
    return float(np.mean(losses))
