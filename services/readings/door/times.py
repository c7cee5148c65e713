"""Source times: whatever came becomes microseconds since 1970 in UTC, or a verdict. A zone is never guessed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.readings.contracts import TimeUnit
from services.readings.door.parsed import Faults, shown

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
"""A row from before it comes from a clock that was never set."""
AHEAD = timedelta(minutes=5)
"""How far a source's clock may run ahead of ours."""
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_BY_HAND = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """Which source times are taken: oldest ≤ time ≤ newest."""

    oldest: datetime
    newest: datetime


def window(now: datetime, late_window: timedelta | None) -> Window:
    """From 2000, or from `late_window` before now, until five minutes ahead of now."""
    oldest = FIRST if late_window is None else max(FIRST, now - late_window)
    return Window(oldest, now + AHEAD)


def microseconds(column: pa.Array, unit: TimeUnit | None, taken: Window, faults: Faults) -> np.ndarray:
    """int64 [rows]; a row at fault is marked fatal in `faults` and holds 0."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _timestamps(column, taken, faults)
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _timestamps(_from_text(column, faults), taken, faults)
    if (pa.types.is_integer(kind) or pa.types.is_floating(kind)) and unit is not None:
        return _from_numbers(column, unit, taken, faults)
    if pa.types.is_null(kind):
        return _timestamps(column.cast(pa.timestamp("us", "UTC")), taken, faults)
    why = "say what it counts (s, ms, us or ns)" if unit is None else "send ISO 8601 text, a timestamp or a number"
    _refuse(faults, np.arange(len(column)), "BAD_TIME", lambda row: f"The time is of type {kind}; {why}.")
    return np.zeros(len(column), np.int64)


def _refuse(faults: Faults, rows: np.ndarray, code: str, message: object) -> None:
    rows = rows[~faults.fatal[rows]] if len(rows) else rows
    faults.add(rows, code, message, fatal=True)  # pyright: ignore[reportArgumentType]


def _timestamps(column: pa.Array, taken: Window, faults: Faults) -> np.ndarray:
    kind = column.type
    if kind.tz is None:
        reason = "The time has no zone. Send timestamps with a zone (UTC is best), not local ones."
        _refuse(faults, np.arange(len(column)), "BAD_TIME", lambda row: reason)
        return np.zeros(len(column), np.int64)
    if column.null_count:
        _refuse(faults, np.flatnonzero(column.is_null()), "BAD_TIME", lambda row: "The row has no time.")
        column = column.fill_null(pa.scalar(_to(taken.newest, kind.unit), pa.int64()).cast(kind))
    counts = column.view(pa.int64()).to_numpy(zero_copy_only=False)
    return _within(counts, kind.unit, taken, faults)


def _to(moment: datetime, unit: str) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * PER_SECOND[unit] // PER_SECOND["us"]


def _within(counts: np.ndarray, unit: str, taken: Window, faults: Faults) -> np.ndarray:
    """Judges in the unit it came in, so that nothing overflows; then converts (nanoseconds are cut to whole µs)."""
    oldest, newest = _to(taken.oldest, unit), _to(taken.newest, unit)
    if counts.min() < oldest or counts.max() > newest:
        old, ahead = counts < oldest, counts > newest
        _refuse(faults, np.flatnonzero(old), "TIME_TOO_OLD", _too_old(taken))
        _refuse(faults, np.flatnonzero(ahead), "TIME_IN_FUTURE", _in_future(taken))
        counts = np.where(old | ahead, oldest, counts)
    if unit == "us":
        return counts
    if unit == "ns":
        return counts // 1_000
    return counts * (PER_SECOND["us"] // PER_SECOND[unit])


def _too_old(taken: Window) -> object:
    sentence = f"The time is before {taken.oldest:%Y-%m-%dT%H:%M:%SZ}, the oldest taken here."
    return lambda row: sentence


def _in_future(taken: Window) -> object:
    sentence = f"The time is after {taken.newest:%Y-%m-%dT%H:%M:%SZ}, five minutes ahead of our clock."
    return lambda row: sentence


def _from_numbers(column: pa.Array, unit: TimeUnit, taken: Window, faults: Faults) -> np.ndarray:
    missing = column.is_null().to_numpy(zero_copy_only=False)
    values = column.cast(pa.float64(), safe=False).fill_null(0.0).to_numpy(zero_copy_only=False)
    whole = pa.types.is_integer(column.type)
    _refuse(faults, np.flatnonzero(missing), "BAD_TIME", lambda row: "The row has no time.")
    odd = ~missing & ~np.isfinite(values)
    _refuse(faults, np.flatnonzero(odd), "BAD_TIME", lambda row: "The time is not a finite number.")
    scale = PER_SECOND[unit.value]
    oldest, newest = _to(taken.oldest, "us") / 1e6 * scale, _to(taken.newest, "us") / 1e6 * scale
    judged = ~missing & ~odd
    old, ahead = judged & (values < oldest), judged & (values > newest)
    _refuse(faults, np.flatnonzero(old), "TIME_TOO_OLD", _too_old(taken))
    _refuse(faults, np.flatnonzero(ahead), "TIME_IN_FUTURE", _in_future(taken))
    good = judged & ~old & ~ahead
    if whole:
        counts = np.where(good, column.fill_null(0).to_numpy(zero_copy_only=False), 0).astype(np.int64)
        return counts // 1_000 if scale > PER_SECOND["us"] else counts * (PER_SECOND["us"] // scale)
    return np.rint(np.where(good, values, 0.0) * (PER_SECOND["us"] / scale)).astype(np.int64)


def _from_text(column: pa.Array, faults: Faults) -> pa.Array:
    """ISO 8601 with an offset. At once; in halves where something is odd, so that cost follows the bad rows."""
    stamp = pa.timestamp("us", "UTC")
    parts: list[pa.Array] = []
    waiting = [(0, len(column))]
    while waiting:
        start, stop = waiting.pop()
        piece = column.slice(start, stop - start)
        try:
            parts.append(pc.cast(piece, stamp))
        except pa.ArrowInvalid:
            if stop - start > _BY_HAND:
                middle = (start + stop) // 2
                waiting += [(middle, stop), (start, middle)]
            else:
                parts.append(_by_hand(piece, start, faults))
    return pa.concat_arrays(parts)


def _by_hand(piece: pa.Array, start: int, faults: Faults) -> pa.Array:
    times: list[int | None] = []
    for offset, text in enumerate(piece.to_pylist()):
        moment, reason = _moment(text)
        if reason is not None:
            _refuse(faults, np.array([start + offset]), "BAD_TIME", lambda row, reason=reason: reason)
        times.append(moment)
    return pa.array(times, pa.int64()).cast(pa.timestamp("us", "UTC"))


def _moment(text: str | None) -> tuple[int | None, str | None]:
    if text is None:
        return None, None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return None, f"The time “{shown(text)}” has no zone: write Z or an offset such as +09:00 behind it."
        return (moment - _EPOCH) // timedelta(microseconds=1), None
    except (ValueError, OverflowError):
        return None, f"The time “{shown(text)}” is not ISO 8601, such as 2026-03-01T08:00:00.250Z."
