"""What the plugin offers."""

from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.simulation import drill_plant
from andon_laser_drill.wear import LENS_WEAR
from andon_sdk.plugin import (
    AlarmRule,
    Blueprint,
    Contract,
    DemoPlant,
    Gate,
    Parameter,
    SuitabilityFactor,
    Threshold,
    hook,
)
from andon_sdk.plugin.dense import MaskedAutoencoder, reconstruction_loss, reconstruction_score

LASER_DRILL_WATCH = Blueprint(
    key="laser-drill-watch",
    title="Watch a laser drill",
    version="1",
    contract=LASER_DRILL.key,
    module=lambda inputs: MaskedAutoencoder(inputs, (32, 6, 32)),
    loss=reconstruction_loss,
    score=reconstruction_score,
    epochs=Parameter("epochs", "Epochs", 100, 1, 1000, whole=True),
    learning_rate=Parameter("learning_rate", "Learning rate", 3e-3, 1e-5, 1e-1),
    batch_rows=Parameter("batch_rows", "Rows a batch", 128, 8, 4096, whole=True),
    threshold=Threshold(quantile=0.99, factor=1.5, smooth_rows=15),
)
"""Five causes move the sixteen signals; six inner units follow them and leave what wear does unexplained."""


@hook
def contracts() -> list[Contract]:
    return [LASER_DRILL]


@hook
def blueprints() -> list[Blueprint]:
    return [LASER_DRILL_WATCH]


@hook
def alarm_rules() -> list[AlarmRule]:
    """A mood of the machine that no row of training showed lasts some hours and then passes; wear stays. A window of
    thirty rows, five minutes apart, was shorter than that and took one for the other."""
    title = "Drill leaves its normal"
    return [AlarmRule("laser-drill-alarm", title, LASER_DRILL.key, raise_rows=45, of_rows=60, clear_rows=60)]


@hook
def suitability_factors() -> list[SuitabilityFactor]:
    return [
        SuitabilityFactor(
            key="laser-drill-beam-off",
            title="Laser off",
            contract=LASER_DRILL.key,
            signal="average_power",
            low=5.0,
            care=0.2,
            refuse=0.6,
            sentence="With the laser off a drill shows nothing of its optics.",
        )
    ]


@hook
def gates() -> list[Gate]:
    return [LENS_WEAR]


@hook
def demo_plants() -> list[DemoPlant]:
    return [drill_plant()]
