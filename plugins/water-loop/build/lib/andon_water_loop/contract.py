"""The eight signals of a pump and valve loop, one row a second, in the order and units of the SKAB test bench."""

from andon_sdk.plugin import Contract, Importance, Signal

WATER_LOOP = Contract(
    key="water-loop",
    title="Pump and valve loop",
    period_s=1.0,
    signals=(
        Signal("accelerometer_1_rms", "Vibration of the first bearing", "g", 0.0, 16.0, Importance.OPTIONAL),
        Signal("accelerometer_2_rms", "Vibration of the second bearing", "g", 0.0, 16.0, Importance.OPTIONAL),
        Signal("current", "Motor current", "A", -5.0, 100.0),
        Signal("pressure", "Loop pressure behind the pump", "bar", -10.0, 50.0),
        Signal("temperature", "Engine body temperature", "degC", -40.0, 250.0, Importance.OPTIONAL),
        Signal("thermocouple", "Fluid temperature", "degC", -40.0, 250.0, Importance.OPTIONAL),
        Signal("voltage", "Motor voltage", "V", 0.0, 1000.0, Importance.OPTIONAL),
        Signal("volume_flow_rate_rms", "Fluid circulation", "l/min", -50.0, 1000.0),
    ),
)
"""No signal is essential: vibration, current, pressure or flow alone still tell something of the loop."""
