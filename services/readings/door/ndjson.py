"""Newline-delimited JSON: an object a line. A good body is parsed in one call; one with anything odd, line by line."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as pajson

from services.readings.contracts import RowVerdict, TimeUnit
from services.readings.door.limits import MAX_CONTENT_CHARS
from services.readings.door.parsed import Faults, Parsed, require_size, shown

_BOM = b"\xef\xbb\xbf"


def parse(content: bytes, signals: tuple[str, ...], time_unit: TimeUnit | None) -> Parsed:
    """Times are text, or numbers where `time_unit` is given. Raises `EmptyBody`, `TooManyRows`."""
    content = content.removeprefix(_BOM)
    rows = content.count(b"\n") + (not content.endswith(b"\n"))
    require_size(rows, len(signals) + 2)
    return _at_once(content, rows, signals, time_unit) or _line_by_line(content, signals, time_unit)


def _at_once(content: bytes, rows: int, signals: tuple[str, ...], time_unit: TimeUnit | None) -> Parsed | None:
    """None when a line is not a flat object of known columns with the right types."""
    if content.count(b"{") != rows or b"[" in content or not _is_utf8(content):
        return None
    schema = pa.schema(
        [("asset", pa.utf8()), ("time", pa.float64() if time_unit else pa.utf8())]
        + [(signal, pa.float64()) for signal in signals]
    )
    try:
        table = pajson.read_json(
            pa.BufferReader(content),
            read_options=pajson.ReadOptions(use_threads=False, block_size=len(content) + 1),
            parse_options=pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
        )
    except pa.ArrowException:
        return None
    if table.num_rows != rows:
        return None
    columns = {name: _one(table.column(name)) for name in schema.names}
    return Parsed(
        rows=rows,
        asset=columns.pop("asset"),
        time=columns.pop("time"),
        values=columns,
        content=_content_of(content),
        faults=Faults(rows),
    )


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _lines(content: bytes) -> list[bytes]:
    return [line for line in content.split(b"\n") if line.strip()]


def _content_of(content: bytes) -> Callable[[int], str]:
    lines = cache(lambda: _lines(content))
    return lambda row: lines()[row].decode("utf-8", "replace")[:MAX_CONTENT_CHARS]


def _line_by_line(content: bytes, signals: tuple[str, ...], time_unit: TimeUnit | None) -> Parsed:
    lines = _lines(content)
    require_size(len(lines), len(signals) + 2)
    columns = Columns(len(lines), signals, time_unit)
    for row, line in enumerate(lines):
        try:
            record = _load(line)
        except UnicodeDecodeError as error:
            columns.fatal(row, "BAD_ENCODING", f"The row is not UTF-8: byte {error.start} is {line[error.start]:#04x}.")
            continue
        except (ValueError, RecursionError) as error:
            columns.fatal(row, "BAD_ROW", f"The row is no JSON: {shown(error)}.")
            continue
        if not isinstance(record, dict):
            columns.fatal(row, "BAD_ROW", "The row is JSON but no object with “asset”, “time” and signals.")
            continue
        columns.take(row, record)
    return columns.parsed(_content_of(content))


def _load(line: bytes) -> Any:
    """Strict JSON; then, for the reason's sake, with the NaN and Infinity some libraries write."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line.decode())


class Columns:
    """Columns filled row by row: the careful way, for bodies in which something is odd."""

    def __init__(self, rows: int, signals: tuple[str, ...], time_unit: TimeUnit | None) -> None:
        self._time_unit = time_unit
        self._rows = rows
        self._asset: list[str | None] = [None] * rows
        self._time: list[str | float | None] = [None] * rows
        self._values: dict[str, list[float | None]] = {signal: [None] * rows for signal in signals}
        self._fatal: list[RowVerdict] = []
        self._faults: list[RowVerdict] = []

    def fatal(self, row: int, code: str, message: str) -> None:
        self._fatal.append(RowVerdict(row, code, message))

    def take(self, row: int, record: dict[str, Any]) -> None:
        asset, time = record.get("asset"), record.get("time")
        if asset is not None and not isinstance(asset, str):
            self.fatal(row, "UNKNOWN_ASSET", f"“asset” must be an asset's key as text, not {shown(asset)}.")
            return
        if (wrong := self._wrong_time(time)) is not None:
            self.fatal(row, "BAD_TIME", wrong)
            return
        self._asset[row] = None if asset is None else asset.encode("utf-8", "replace").decode()
        self._time[row] = float(time) if self._time_unit and time is not None else time
        for key, value in record.items():
            if key not in {"asset", "time"} and value is not None:
                self._take_value(row, key, value)

    def _wrong_time(self, time: Any) -> str | None:
        if time is None:
            return "The row has no time."
        number = isinstance(time, int | float) and not isinstance(time, bool)
        if self._time_unit is None:
            if number:
                return f"The time {shown(time)} is a number; say what it counts (s, ms, us or ns), or send ISO 8601."
            return None if isinstance(time, str) else f"The time {shown(time)} is no text."
        if not number or abs(time) > 1e19:
            return f"The time {shown(time)} is no number of {self._time_unit.value} since 1970."
        return None

    def _take_value(self, row: int, key: str, value: Any) -> None:
        column = self._values.get(key)
        if column is None:
            name = shown(key)
            self._faults.append(RowVerdict(row, "UNKNOWN_SIGNAL", f"The contract has no signal “{name}”.", name))
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self._faults.append(RowVerdict(row, "WRONG_TYPE", f"“{shown(value)}” is no number.", key))
        else:
            try:
                column[row] = float(value)
            except OverflowError:
                column[row] = float("inf")

    def parsed(self, content: Callable[[int], str]) -> Parsed:
        faults = Faults(self._rows)
        faults.add_listed(self._fatal, fatal=True)
        faults.add_listed(self._faults, fatal=False)
        return Parsed(
            rows=self._rows,
            asset=pa.array(self._asset, pa.utf8()),
            time=pa.array(self._time, pa.float64() if self._time_unit else pa.utf8(), from_pandas=False),
            values={key: pa.array(column, pa.float64(), from_pandas=False) for key, column in self._values.items()},
            content=content,
            faults=faults,
        )
