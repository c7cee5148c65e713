"""A column of times, in UTC. Nothing is guessed: a time without a zone needs `time_zone`, a number `time_unit`."""

import pyarrow as pa
import pyarrow.compute as pc

from andon_files.errors import BadFile, TimeUnsaid
from andon_files.settings import Files
from andon_sdk.connector.readings import TIME

_NS = pa.timestamp("ns")


def utc(column: pa.Array, settings: Files, first_row: int = 1) -> pa.Array:
    """timestamp[us, UTC] [rows]. Raises `BadFile`, naming the first row that is to blame; `TimeUnsaid`."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = pc.call_function("utf8_trim_whitespace", [column.cast(pa.string())])
        found = _of_text(column, settings)
    elif pa.types.is_timestamp(kind):
        found = column if kind.tz else _in_zone(column, settings)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        found = _of_numbers(column, settings)
    else:
        raise BadFile(f"The time column is {kind}, which is no time.")
    found = found.cast(TIME, safe=False)
    if found.null_count:
        row = found.is_null().index(True).as_py()
        raise BadFile(f"Row {first_row + row}: “{column[row].as_py()}” is no time.")
    return found


def _of_text(column: pa.Array, settings: Files) -> pa.Array:
    if settings.time_unit:
        try:
            return _of_numbers(
                column.cast(pa.float64()) if settings.time_unit == "s" else column.cast(pa.int64()), settings
            )
        except pa.ArrowInvalid as error:
            raise BadFile(f"The times are no numbers, though time_unit says so: {error}") from error
    if settings.time_format:
        options = pc.StrptimeOptions(settings.time_format, "us", error_is_null=True)
        return _in_zone(pc.call_function("strptime", [column], options), settings)
    try:
        return column.cast(pa.timestamp("ns", "UTC"))
    except pa.ArrowInvalid:
        pass
    try:
        naive = column.cast(_NS)
    except pa.ArrowInvalid as error:
        if _all_numbers(column):
            raise TimeUnsaid("The times are numbers. What do they count: s, ms, us or ns?", "time_unit") from error
        raise BadFile(
            f"A time is not ISO 8601, or some say their zone and some do not: {error}. Say time_format for others."
        ) from error
    return _in_zone(naive, settings)


def _in_zone(naive: pa.Array, settings: Files) -> pa.Array:
    if settings.time_zone is None:
        raise TimeUnsaid("The times say no zone. In which are they?", "time_zone")
    twice = "raise" if settings.twice == "refuse" else settings.twice
    options = pc.AssumeTimezoneOptions(settings.time_zone, ambiguous=twice, nonexistent="raise")
    try:
        return pc.call_function("assume_timezone", [naive], options)
    except pa.ArrowInvalid as error:
        raise BadFile(
            f"A time is not, or twice, in {settings.time_zone}: {error}. `twice` says which is meant."
        ) from error


def _of_numbers(column: pa.Array, settings: Files) -> pa.Array:
    if settings.time_unit is None:
        raise TimeUnsaid("The times are numbers. What do they count: s, ms, us or ns?", "time_unit")
    if pa.types.is_floating(column.type):
        factor = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}[settings.time_unit]
        scaled = pc.call_function("round", [pc.call_function("multiply", [column, pa.scalar(factor)])])
        return scaled.cast(pa.int64(), safe=False).cast(TIME)
    return column.cast(pa.int64()).cast(pa.timestamp(settings.time_unit, "UTC"))


def _all_numbers(column: pa.Array) -> bool:
    matched = pc.call_function("match_substring_regex", [column], pc.MatchSubstringOptions(r"^\d+(\.\d+)?$"))
    return pc.call_function("all", [matched]).as_py() is True
