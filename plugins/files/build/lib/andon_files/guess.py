"""What a file's columns seem to be: for a person to confirm, never to be acted on."""

from pathlib import Path

import pyarrow as pa

from andon_files import tables
from andon_files.errors import BadFile, TimeUnsaid
from andon_files.settings import Files
from andon_files.times import utc
from andon_sdk.connector import Quality, Tag
from andon_sdk.connector.tabular import numeric

_TIME_NAMES = ("time", "timestamp", "datetime", "date_time", "ts", "zeit", "datum", "date", "시간", "일시")
SAMPLE = 50


def time_column(path: Path, settings: Files) -> str | None:
    """The column whose sample are times; of several, the one that is called so, then the first."""
    sample = _sample(path, settings)
    found = [name for name in sample.schema.names if _is_time(sample.column(name), settings)]
    named = [name for name in found if name.strip().lower() in _TIME_NAMES]
    return next(iter([*named, *found]), None)


def tags(path: Path, settings: Files) -> list[Tag]:
    """A tag for each column, its title saying what it seems to be, from the first rows."""
    sample = _sample(path, settings)
    time = settings.time_column or time_column(path, settings)
    found: list[Tag] = []
    for name in sample.schema.names:
        if name == time:
            said = "the time" if settings.time_column else "guessed: the time; confirm with time_column"
            found.append(Tag(name, f"{said}{_zone(sample.column(name), settings)}"))
        elif name == settings.asset_column:
            found.append(Tag(name, "the machine"))
        else:
            found.append(Tag(name, _of_values(sample.column(name), settings)))
    return found


def _zone(column: pa.Array, settings: Files) -> str:
    try:
        utc(column, settings)
    except TimeUnsaid as unsaid:
        return f"; {unsaid} Say {unsaid.field}."
    except BadFile:
        return ""
    return ""


def _is_time(column: pa.Array, settings: Files) -> bool:
    if not (pa.types.is_string(column.type) or pa.types.is_timestamp(column.type)):
        return False
    try:
        utc(column, settings)
    except TimeUnsaid as unsaid:
        return unsaid.field == "time_zone"
    except BadFile:
        return False
    return True


def _of_values(column: pa.Array, settings: Files) -> str:
    value, quality = numeric(column, settings.decimal)
    good = [each for each, how in zip(value.to_pylist(), quality.tolist(), strict=True) if how == Quality.GOOD]
    good = [each for each in good if each is not None]
    if not good:
        return "guessed: no number"
    return f"guessed: a signal; from {min(good):g} to {max(good):g} in the first {len(column)} rows"


def _sample(path: Path, settings: Files) -> pa.RecordBatch:
    names = tables.header(path, settings)
    first = next(tables.blocks(path, settings, names), None)
    if first is None or not first.num_rows:
        raise BadFile("The file has no rows.")
    return first.slice(0, SAMPLE)
