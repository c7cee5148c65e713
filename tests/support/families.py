"""The families of the SDK, small: those that are trained, and those that are fitted."""

import dataclasses

import numpy as np
from small_fleet import SIGNALS

from andon_sdk.plugin import Blueprint, Estimator, Parameter, Threshold
from andon_sdk.plugin.boosting import LEAF_ROWS, SHRINKAGE, boosting_score, fit_boosting
from andon_sdk.plugin.components import VARIANCE_SHARE, components_score, fit_components
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from andon_sdk.plugin.forecast import Forecaster, forecast_loss, forecast_score
from andon_sdk.plugin.temporal import TemporalAutoencoder, window_loss, window_score

HISTORY = 6
FREE = np.zeros(SIGNALS, bool)
DRIVERS = np.arange(SIGNALS) >= 3
"""The last three signals are exogenous; together they tell both causes."""

TEMPORAL = Blueprint(
    key="temporal",
    title="Temporal",
    version="1",
    contract="test",
    module=lambda inputs: TemporalAutoencoder(inputs, 12, 3),
    loss=window_loss,
    score=window_score,
    threshold=Threshold(0.99, 1.5, 5),
    history_rows=HISTORY,
)
FORECAST = dataclasses.replace(
    TEMPORAL,
    key="forecast",
    module=lambda inputs: Forecaster(inputs, 3, 12),
    loss=forecast_loss,
    score=forecast_score,
)
DENSE = dataclasses.replace(
    TEMPORAL,
    key="dense",
    module=MaskedAutoencoder,
    loss=reconstruction_loss,
    score=reconstruction_score,
)
FAMILIES = {blueprint.key: blueprint for blueprint in (DENSE, TEMPORAL, FORECAST)}

COMPONENTS = Estimator(
    key="components",
    title="Components",
    version="1",
    contract="test",
    fit=fit_components,
    score=components_score,
    stacked=True,
    tuned=(VARIANCE_SHARE,),
    threshold=Threshold(0.99, 1.5, 5),
    history_rows=HISTORY,
)
TREES = dataclasses.replace(
    COMPONENTS,
    key="trees",
    fit=fit_boosting,
    score=boosting_score,
    stacked=False,
    tuned=(SHRINKAGE, LEAF_ROWS),
    drop_share=Parameter("drop_share", "Hidden", 0.25, 0.0, 0.9),
)
ESTIMATORS = {estimator.key: estimator for estimator in (COMPONENTS, TREES)}
