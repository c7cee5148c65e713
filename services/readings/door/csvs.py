"""CSV with a header line, comma, RFC 4180 quotes. A good body is parsed in one call; an odd one, line by line."""

import csv
import json
from collections.abc import Callable
from functools import cache

import pyarrow as pa
import pyarrow.csv as pacsv

from services.readings.contracts import TimeUnit
from services.readings.door.limits import MAX_CONTENT_CHARS
from services.readings.door.ndjson import Columns
from services.readings.door.parsed import Faults, Parsed, require_columns, require_size, shown
from services.readings.errors import BodyUnreadable

_BOM = b"\xef\xbb\xbf"


def parse(content: bytes, signals: tuple[str, ...], time_unit: TimeUnit | None) -> Parsed:
    """Times are text, or numbers where `time_unit` is given; an empty field is a missing value.

    Raises `BodyUnreadable` for a header that cannot be used, `EmptyBody`, `TooManyRows`, `TooManyColumns`.
    """
    head, _, rest = content.removeprefix(_BOM).partition(b"\n")
    names = _header(head)
    require_columns(names)
    rows = rest.count(b"\n") + (not rest.endswith(b"\n"))
    require_size(rows if rest.strip() else 0, max(len(names), len(signals) + 2))
    return _at_once(rest, names, signals, time_unit) or _line_by_line(rest, names, signals, time_unit)


def _header(line: bytes) -> list[str]:
    require_size(1, line.count(b",") + 1)
    try:
        return [name.strip() for name in next(csv.reader([line.decode().rstrip("\r")], strict=True))]
    except (UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise BodyUnreadable(f"The first line is no CSV header: {shown(error)}.") from error


def _at_once(content: bytes, names: list[str], signals: tuple[str, ...], time_unit: TimeUnit | None) -> Parsed | None:
    """None when a line has another number of fields, a field of the wrong type, or is not UTF-8."""
    types = dict.fromkeys(names, pa.utf8())
    types |= {name: pa.float64() for name in names if name in set(signals)}
    types["time"] = pa.float64() if time_unit else pa.utf8()
    try:
        table = pacsv.read_csv(
            pa.BufferReader(content),
            read_options=pacsv.ReadOptions(use_threads=False, block_size=len(content) + 1, column_names=names),
            convert_options=pacsv.ConvertOptions(
                column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=True
            ),
        )
    except pa.ArrowException:
        return None
    table = table.combine_chunks()
    columns = {name: pa.concat_arrays(table.column(name).chunks) for name in names}
    return Parsed(
        rows=table.num_rows,
        asset=columns.pop("asset"),
        time=columns.pop("time"),
        values=columns,
        content=_content_of(content, names),
        faults=Faults(table.num_rows),
    )


def _lines(content: bytes) -> list[bytes]:
    return [line.rstrip(b"\r") for line in content.split(b"\n") if line.strip()]


def _fields(line: bytes) -> list[str]:
    return next(csv.reader([line.decode()], strict=True))


def _content_of(content: bytes, names: list[str]) -> Callable[[int], str]:
    lines = cache(lambda: _lines(content))

    def of(row: int) -> str:
        line = lines()[row]
        try:
            record = dict(zip(names, _fields(line), strict=True))
        except (UnicodeDecodeError, csv.Error, ValueError):
            return json.dumps({"line": line.decode("utf-8", "replace")}, ensure_ascii=False)[:MAX_CONTENT_CHARS]
        return json.dumps(record, ensure_ascii=False)[:MAX_CONTENT_CHARS]

    return of


def _line_by_line(content: bytes, names: list[str], signals: tuple[str, ...], time_unit: TimeUnit | None) -> Parsed:
    lines = _lines(content)
    known = set(signals)
    columns = Columns(len(lines), signals, time_unit)
    for row, line in enumerate(lines):
        try:
            fields = _fields(line)
        except UnicodeDecodeError as error:
            columns.fatal(row, "BAD_ENCODING", f"The row is not UTF-8: byte {error.start} is {line[error.start]:#04x}.")
            continue
        except csv.Error as error:
            columns.fatal(row, "BAD_ROW", f"The row is no CSV: {shown(error)}.")
            continue
        if len(fields) != len(names):
            columns.fatal(row, "BAD_ROW", f"The row has {len(fields)} fields, the header {len(names)}.")
            continue
        numeric = known | {"time"} if time_unit else known
        columns.take(row, {name: _value(text, name in numeric) for name, text in zip(names, fields, strict=True)})
    return columns.parsed(_content_of(content, names))


def _value(text: str, numeric: bool) -> str | float | None:
    """A number where one is meant and can be read; the text where it cannot, which the columns then refuse."""
    text = text.strip() if numeric else text
    if not text:
        return None
    if not numeric or "_" in text:
        return text
    try:
        return float(text)
    except ValueError:
        return text
