"""What the plugin offers."""

from functools import partial

from andon_sdk.plugin import AlarmRule, Contract, DemoPlant, Estimator, Gate, Parameter, Recipe, Threshold, hook
from andon_solar.contract import DAY, SOLAR_PLANT
from andon_solar.forecast import DAY_AHEAD, HOUR_AHEAD, RIDGE, WATCH, Told, day_score, fit, residual_score
from andon_solar.missing import INVERTER_MISSING
from andon_solar.simulation import solar_plants

_HIDDEN = Parameter("drop_share", "Signals hidden while the fallback is fitted", 0.25, 0.0, 0.9)

SOLAR_WATCH = Estimator(
    key="solar-watch",
    title="Compare a day of a solar plant with what sun and weather explain",
    version="1",
    contract=SOLAR_PLANT.key,
    fit=partial(fit, WATCH),
    score=day_score,
    stacked=True,
    tuned=(RIDGE,),
    drop_share=_HIDDEN,
    history_rows=DAY,
    threshold=Threshold(quantile=0.99, factor=1.0, smooth_rows=1),
)
"""The mean of a day needs no other smoothing: a median over hours would be one over nights."""


def _forecast(key: str, title: str, told: Told) -> Estimator:
    return Estimator(
        key=key,
        title=title,
        version="1",
        contract=SOLAR_PLANT.key,
        fit=partial(fit, told),
        score=partial(residual_score, told),
        stacked=True,
        tuned=(RIDGE,),
        drop_share=_HIDDEN,
        history_rows=DAY + 1,
        threshold=Threshold(quantile=0.99, factor=1.5, smooth_rows=3),
    )


SOLAR_DAY_AHEAD = _forecast("solar-day-ahead", "Forecast a solar plant a day ahead, given the weather", DAY_AHEAD)
SOLAR_HOUR_AHEAD = _forecast("solar-hour-ahead", "Forecast a solar plant an hour ahead", HOUR_AHEAD)


@hook
def contracts() -> list[Contract]:
    return [SOLAR_PLANT]


@hook
def blueprints() -> list[Recipe]:
    return [SOLAR_WATCH, SOLAR_DAY_AHEAD, SOLAR_HOUR_AHEAD]


@hook
def alarm_rules() -> list[AlarmRule]:
    """Half of the last twelve hours: a day's mean changes slowly, so what stands out does so for hours."""
    title = "Plant gives less than its weather explains"
    return [AlarmRule("solar-alarm", title, SOLAR_PLANT.key, raise_rows=6, of_rows=12, clear_rows=24)]


@hook
def gates() -> list[Gate]:
    return [INVERTER_MISSING]


@hook
def demo_plants() -> list[DemoPlant]:
    return [solar_plants()]
