"""What the plugin offers."""

from andon_robot_arm.contract import ROBOT_ARM
from andon_robot_arm.phases import HISTORY, fit_phases, phase_score
from andon_robot_arm.simulation import arm_plant
from andon_sdk.plugin import AlarmRule, Contract, DemoPlant, Estimator, SuitabilityFactor, Threshold, hook

ROBOT_ARM_PHASES = Estimator(
    key="robot-arm-phases",
    title="Compare an arm with itself in the same phase of its task",
    version="1",
    contract=ROBOT_ARM.key,
    fit=fit_phases,
    score=phase_score,
    stacked=False,
    threshold=Threshold(quantile=0.98, factor=1.0, smooth_rows=1),
    history_rows=HISTORY,
    learns_labels=True,
)
"""A protective stop lasts three seconds: scores are not smoothed, the alarm rule asks for several instead."""


@hook
def contracts() -> list[Contract]:
    return [ROBOT_ARM]


@hook
def blueprints() -> list[Estimator]:
    return [ROBOT_ARM_PHASES]


@hook
def alarm_rules() -> list[AlarmRule]:
    return [AlarmRule("robot-arm-alarm", "Arm leaves its normal", ROBOT_ARM.key, raise_rows=2, of_rows=3)]


@hook
def suitability_factors() -> list[SuitabilityFactor]:
    return [
        SuitabilityFactor(
            key="robot-arm-cold",
            title="Cold joints",
            contract=ROBOT_ARM.key,
            signal="temperature_j1",
            low=25.0,
            care=0.3,
            sentence="Until the grease of its joints is warm an arm draws more current than at work.",
        )
    ]


@hook
def demo_plants() -> list[DemoPlant]:
    return [arm_plant()]
