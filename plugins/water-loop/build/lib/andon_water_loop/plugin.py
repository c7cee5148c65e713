"""What the plugin offers."""

from andon_sdk.plugin import AlarmRule, Blueprint, Contract, Parameter, Threshold, hook
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
from andon_sdk.plugin.temporal import TemporalAutoencoder, window_loss, window_score
from andon_water_loop.contract import WATER_LOOP

WATER_LOOP_WATCH = Blueprint(
    key="water-loop-watch",
    title="Watch a pump and valve loop",
    version="1",
    contract=WATER_LOOP.key,
    module=MaskedAutoencoder,
    loss=reconstruction_loss,
    score=reconstruction_score,
    history_rows=15,
    threshold=Threshold(quantile=0.99, factor=3.0, smooth_rows=15),
)
"""Fifteen rows of history: a throttled valve moves the mean of flow and pressure by less than one row's noise.
The factor of 3 allows for the drift of a loop that was recorded for a few minutes only."""

WATER_LOOP_WINDOWS = Blueprint(
    key="water-loop-windows",
    title="Watch a pump and valve loop row by row",
    version="1",
    contract=WATER_LOOP.key,
    module=TemporalAutoencoder,
    loss=window_loss,
    score=window_score,
    history_rows=16,
    learning_rate=Parameter("learning_rate", "Learning rate", 3e-3, 1e-5, 1e-1),
    threshold=Threshold(quantile=0.99, factor=3.0, smooth_rows=15),
)
"""Sees sixteen rows one by one. Measured on the same recordings it raises fewer false alarms, and costs thrice the time
to train."""


@hook
def contracts() -> list[Contract]:
    return [WATER_LOOP]


@hook
def blueprints() -> list[Blueprint]:
    return [WATER_LOOP_WATCH, WATER_LOOP_WINDOWS]


@hook
def alarm_rules() -> list[AlarmRule]:
    return [AlarmRule("water-loop-alarm", "Loop leaves its normal", WATER_LOOP.key)]
