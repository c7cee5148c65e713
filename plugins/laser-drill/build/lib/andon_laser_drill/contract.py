"""What a laser drill tells, one row a second."""

from andon_sdk.plugin import Contract, Importance, Signal

_SIGNALS = (
    Signal("pulse_energy", "Pulse energy", "mJ", 0.0, 200.0, Importance.ESSENTIAL),
    Signal("average_power", "Average laser power", "W", 0.0, 2000.0, Importance.ESSENTIAL),
    Signal("focus_offset", "Focus offset", "um", -2000.0, 2000.0),
    Signal("lens_temperature", "Lens temperature", "degC", -20.0, 200.0),
    Signal("galvo_x_current", "Galvo X current", "A", -50.0, 50.0),
    Signal("galvo_y_current", "Galvo Y current", "A", -50.0, 50.0),
    Signal("galvo_x_error", "Galvo X position error", "um", -500.0, 500.0),
    Signal("galvo_y_error", "Galvo Y position error", "um", -500.0, 500.0),
    Signal("chiller_flow", "Chiller flow", "l/min", 0.0, 100.0),
    Signal("chiller_temperature", "Chiller temperature", "degC", -20.0, 100.0),
    Signal("pump_current", "Pump diode current", "A", 0.0, 500.0),
    Signal("humidity", "Humidity of the cabinet", "%", 0.0, 100.0, Importance.OPTIONAL),
    Signal("vacuum", "Vacuum of the chuck", "kPa", -101.0, 10.0, Importance.OPTIONAL),
    Signal("table_vibration", "Table vibration", "mm/s", 0.0, 100.0, Importance.OPTIONAL),
    Signal("beam_x", "Beam position X", "um", -1000.0, 1000.0),
    Signal("beam_y", "Beam position Y", "um", -1000.0, 1000.0),
)


def drill_contract(extra_signals: int = 0) -> Contract:
    """The drill's 16 signals and, for trials of width, any number of auxiliary ones."""
    extra = tuple(
        Signal(f"aux_{i:03d}", f"Auxiliary {i}", "V", -1000.0, 1000.0, Importance.OPTIONAL)
        for i in range(extra_signals)
    )
    key = "laser-drill" if not extra else f"laser-drill-{len(_SIGNALS) + extra_signals}"
    return Contract(key=key, title="Laser drill", period_s=1.0, signals=_SIGNALS + extra)


LASER_DRILL = drill_contract()
