"""What a row of the machine is: signals in order, with units and physical limits."""

from andon_sdk.plugin import Contract, Importance, Signal

TEMPLATE = Contract(
    key="template",
    title="Template machine",
    period_s=1.0,
    signals=(
        Signal("speed", "Speed", "rpm", 0.0, 6000.0, Importance.ESSENTIAL),
        Signal("load", "Load", "%", 0.0, 150.0),
        Signal("temperature", "Bearing temperature", "degC", -40.0, 250.0),
        Signal("vibration", "Vibration", "mm/s", 0.0, 100.0, Importance.OPTIONAL),
    ),
)
"""Limits hold every true reading, abnormal ones too. Essential is only what nothing can be said without."""
