"""Values, times and qualities out of payloads.

Pointers are JSON pointers (RFC 6901): empty is the whole payload, `/a/0/b~1c` the member `b/c` of the
first element of `a`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from andon_sdk.connector import Quality

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EARLIEST, LATEST = 0, int((datetime(2200, 1, 1, tzinfo=UTC) - EPOCH) / MICROSECOND)
WORDS = {"good": Quality.GOOD, "bad": Quality.BAD}


class Unreadable(Exception):
    """Why a payload or one of its values is no reading; the text is a reason to count by, without the value."""


class TimeFormat(StrEnum):
    ISO = "iso"
    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    NANOSECONDS = "ns"


_PER_UNIT = {TimeFormat.SECONDS: 1e6, TimeFormat.MILLISECONDS: 1e3}


def pointer(text: str) -> tuple[str, ...]:
    """Steps of a pointer. Raises `ValueError` for what is none."""
    if text and not text.startswith("/"):
        raise ValueError(f"the pointer “{text}” does not begin with /")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def find(document: Any, steps: tuple[str, ...]) -> Any:
    """What the steps lead to. Raises `Unreadable` when nothing is there."""
    here = document
    for step in steps:
        try:
            here = here[int(step)] if isinstance(here, list) else here[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise Unreadable(f"nothing at /{'/'.join(steps)}") from None
    return here


def number(value: Any) -> float | None:
    """A switch is 1 or 0, null no value. Raises `Unreadable` for all that is not a finite number."""
    if value is None:
        return None
    if not isinstance(value, int | float):
        raise Unreadable("value is not a number")
    try:
        found = float(value)
    except OverflowError:
        raise Unreadable("value is not finite") from None
    if not isfinite(found):
        raise Unreadable("value is not finite")
    return found


def plain_number(payload: bytes) -> float | None:
    """The payload is the number, as text. Raises `Unreadable`."""
    text = payload.strip().lower()
    if text in (b"true", b"false"):
        return float(text == b"true")
    try:
        return number(float(text))
    except ValueError:
        raise Unreadable("payload is not a number") from None


def quality(value: Any) -> Quality:
    """Of a switch (true is good), the words good and bad, or a code of OPC Classic (192 to 255 good, 0 to 63 bad).

    Anything else is uncertain: the source said something of the value, and not that it is good.
    """
    if isinstance(value, bool):
        return Quality.GOOD if value else Quality.BAD
    if isinstance(value, str):
        return WORDS.get(value.strip().lower(), Quality.UNCERTAIN)
    if isinstance(value, int):
        return Quality.GOOD if 192 <= value < 256 else Quality.BAD if 0 <= value < 64 else Quality.UNCERTAIN
    return Quality.UNCERTAIN


def time_reader(form: TimeFormat, zone: str | None) -> Callable[[Any], int]:
    """A function from a time in a payload to microseconds since 1970, UTC, which raises `Unreadable`.

    An hour that comes twice when clocks go back is taken as the first of the two. Raises `ValueError` for a zone that
    does not exist.
    """
    if form is TimeFormat.ISO:
        there = _zone(zone)
        return lambda value: _within(_iso(value, there))
    if zone is not None:
        raise ValueError("time_zone is for times of the format iso: others count from 1970, UTC")
    return lambda value: _within(_counted(value, form))


def _zone(zone: str | None) -> ZoneInfo | None:
    try:
        return None if zone is None else ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone “{zone}”: give one like Europe/Berlin") from None


def _iso(value: Any, zone: ZoneInfo | None) -> int:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unreadable("time is not ISO 8601") from None
    if time.tzinfo is None:
        if zone is None:
            raise Unreadable("time says no zone, and time_zone is not set")
        time = time.replace(tzinfo=zone)
    try:
        return (time - EPOCH) // MICROSECOND
    except OverflowError:
        raise Unreadable("time is not between 1970 and 2200") from None


def _counted(value: Any, form: TimeFormat) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise Unreadable("time is not a number")
    if form is TimeFormat.NANOSECONDS:
        return int(value) // 1_000
    if form is TimeFormat.MICROSECONDS:
        return int(value)
    return round(value * _PER_UNIT[form])


def _within(time_us: int) -> int:
    if not EARLIEST <= time_us < LATEST:
        raise Unreadable("time is not between 1970 and 2200")
    return time_us
