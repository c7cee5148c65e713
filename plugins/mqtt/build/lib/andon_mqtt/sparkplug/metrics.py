"""What a metric says: its value as a number, its quality, its time."""

from enum import IntEnum
from typing import Any

from andon_sdk.connector import Quality


class DataType(IntEnum):
    """Those that are numbers. Times, texts, data sets, templates, files and arrays are not readings."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11


NUMBERS = frozenset(DataType)
_SIGNED = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
_QUALITIES = {192: Quality.GOOD, 500: Quality.UNCERTAIN, 0: Quality.BAD}
"""Good, stale and bad (specification 3.0, section 6.4.13)."""


def value(metric: Any, datatype: int) -> float | None:
    """None for null, for what is not finite and for a value of another kind than the type says.

    Signed integers travel as unsigned ones of 32 or 64 bits, in two's complement. Integers beyond 2^53 are rounded.
    """
    kind = metric.WhichOneof("value")
    if metric.is_null or kind is None or kind == "string_value":
        return None
    found = getattr(metric, kind)
    if bits := _SIGNED.get(datatype):  # type: ignore[call-overload]
        found &= (1 << bits) - 1
        if found >> (bits - 1):
            found -= 1 << bits
    number = float(found)
    return number if number - number == 0 else None


def quality(metric: Any) -> Quality:
    """By the property `Quality`; good where there is none, uncertain for an unknown code."""
    code = prop(metric, "Quality")
    return Quality.GOOD if code is None else _QUALITIES.get(code, Quality.UNCERTAIN)


def unit(metric: Any) -> str | None:
    """By the property `engUnit`."""
    found = prop(metric, "engUnit")
    return found if isinstance(found, str) and found else None


def prop(metric: Any, name: str) -> Any:
    """The value of a property, None when it is absent or null."""
    if not metric.HasField("properties"):
        return None
    for key, held in zip(metric.properties.keys, metric.properties.values, strict=False):
        if key == name:
            kind = held.WhichOneof("value")
            return None if held.is_null or kind is None else getattr(held, kind)
    return None
