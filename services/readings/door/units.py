"""Units the door can convert, exactly and without guessing. A unit outside this table is refused, never assumed."""

from dataclasses import dataclass

_ALIASES = {
    "°C": "degC", "C": "degC", "celsius": "degC", "°F": "degF", "F": "degF", "kelvin": "K",
    "µm": "um", "μm": "um", "percent": "%", "1/min": "rpm", "µA": "uA", "μA": "uA",
    "m³/h": "m3/h", "l/min": "L/min", "l/s": "L/s", "m³/s": "m3/s", "°": "deg",
}  # fmt: skip

# unit: (dimension, factor, offset), so that value · factor + offset is in the dimension's base unit
_UNITS: dict[str, tuple[str, float, float]] = {
    "K": ("temperature", 1.0, 0.0), "degC": ("temperature", 1.0, 273.15),
    "degF": ("temperature", 5 / 9, 459.67 * 5 / 9),
    "m": ("length", 1.0, 0.0), "cm": ("length", 1e-2, 0.0), "mm": ("length", 1e-3, 0.0), "um": ("length", 1e-6, 0.0),
    "km": ("length", 1e3, 0.0), "in": ("length", 0.0254, 0.0),
    "Pa": ("pressure", 1.0, 0.0), "hPa": ("pressure", 1e2, 0.0), "mbar": ("pressure", 1e2, 0.0),
    "kPa": ("pressure", 1e3, 0.0), "MPa": ("pressure", 1e6, 0.0), "bar": ("pressure", 1e5, 0.0),
    "psi": ("pressure", 6894.757293168, 0.0),
    "s": ("time", 1.0, 0.0), "ms": ("time", 1e-3, 0.0), "us": ("time", 1e-6, 0.0), "min": ("time", 60.0, 0.0),
    "h": ("time", 3600.0, 0.0),
    "Hz": ("frequency", 1.0, 0.0), "kHz": ("frequency", 1e3, 0.0), "rpm": ("frequency", 1 / 60, 0.0),
    "m/s": ("speed", 1.0, 0.0), "mm/s": ("speed", 1e-3, 0.0), "m/min": ("speed", 1 / 60, 0.0),
    "km/h": ("speed", 1 / 3.6, 0.0),
    "m/s2": ("acceleration", 1.0, 0.0), "g": ("acceleration", 9.80665, 0.0),
    "m3/s": ("flow", 1.0, 0.0), "m3/h": ("flow", 1 / 3600, 0.0), "L/min": ("flow", 1e-3 / 60, 0.0),
    "L/s": ("flow", 1e-3, 0.0),
    "W": ("power", 1.0, 0.0), "mW": ("power", 1e-3, 0.0), "kW": ("power", 1e3, 0.0), "MW": ("power", 1e6, 0.0),
    "A": ("current", 1.0, 0.0), "mA": ("current", 1e-3, 0.0), "uA": ("current", 1e-6, 0.0),
    "V": ("voltage", 1.0, 0.0), "mV": ("voltage", 1e-3, 0.0), "kV": ("voltage", 1e3, 0.0),
    "J": ("energy", 1.0, 0.0), "kJ": ("energy", 1e3, 0.0), "Wh": ("energy", 3600.0, 0.0), "kWh": ("energy", 3.6e6, 0.0),
    "kg": ("mass", 1.0, 0.0), "t": ("mass", 1e3, 0.0),
    "N": ("force", 1.0, 0.0), "kN": ("force", 1e3, 0.0), "Nm": ("torque", 1.0, 0.0),
    "1": ("ratio", 1.0, 0.0), "%": ("ratio", 1e-2, 0.0), "ppm": ("ratio", 1e-6, 0.0),
    "rad": ("angle", 1.0, 0.0), "deg": ("angle", 0.017453292519943295, 0.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """value · factor + offset is the value in the contract's unit."""

    factor: float
    offset: float


def conversion(given: str, wanted: str) -> Conversion | None:
    """How `given` becomes `wanted`: None where they differ in kind, or one of them is unknown.

    Equal names need no table: a unit nobody knows converts to itself.
    """
    given, wanted = (_ALIASES.get(unit.strip(), unit.strip()) for unit in (given, wanted))
    if given == wanted:
        return Conversion(1.0, 0.0)
    source, target = _UNITS.get(given), _UNITS.get(wanted)
    if source is None or target is None or source[0] != target[0]:
        return None
    return Conversion(source[1] / target[1], (source[2] - target[2]) / target[1])
