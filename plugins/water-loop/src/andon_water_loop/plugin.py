"""What the plugin offers."""

from andon_sdk.plugin import AlarmRule, Blueprint, Contract, Threshold, hook
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score
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


@hook
def contracts() -> list[Contract]:
    return [WATER_LOOP]


@hook
def blueprints() -> list[Blueprint]:
    return [WATER_LOOP_WATCH]


@hook
def alarm_rules() -> list[AlarmRule]:
    return [AlarmRule("water-loop-alarm", "Loop leaves its normal", WATER_LOOP.key)]
