"""What every parser makes of a body, and the faults it finds on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from services.readings.contracts import RowVerdict
from services.readings.door.limits import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from services.readings.errors import BodyUnreadable, EmptyBody, TooManyColumns, TooManyRows

Rows = np.ndarray
"""Row numbers, int64."""


def shown(value: object, limit: int = 60) -> str:
    """A value as a message quotes it: short, on one line."""
    text = str(value)
    text = text if len(text) <= limit else text[:limit] + "…"
    return "".join(letter if letter.isprintable() else "�" for letter in text)


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """Faults of one kind. `describe(i)` words the i-th of them, so that only those that are read are worded."""

    rows: Rows
    describe: Callable[[int], RowVerdict]


class Faults:
    """All that is wrong with a body, in groups; nothing is allocated while nothing is wrong.

    `fatal` marks rows that no policy can keep (no asset, no time, unreadable); `touched` rows with any fault.
    """

    def __init__(self, rows: int) -> None:
        self.count = 0
        self.groups: list[FaultGroup] = []
        self._rows = rows
        self._fatal: np.ndarray | None = None
        self._touched: np.ndarray | None = None

    @property
    def fatal(self) -> np.ndarray:
        if self._fatal is None:
            self._fatal = np.zeros(self._rows, bool)
        return self._fatal

    @property
    def touched(self) -> np.ndarray:
        if self._touched is None:
            self._touched = np.zeros(self._rows, bool)
        return self._touched

    def add(
        self, rows: Rows, code: str, message: Callable[[int], str], *, signal: str | None = None, fatal: bool = False
    ) -> None:
        """`message(row)` is the sentence for that row."""
        if len(rows):
            self._mark(rows, fatal)
            self.groups.append(
                FaultGroup(rows, lambda i: RowVerdict(int(rows[i]), code, message(int(rows[i])), signal))
            )

    def note(self, rows: Rows, code: str, message: Callable[[int], str]) -> None:
        """A verdict on rows that are counted elsewhere: nothing is marked as at fault."""
        if len(rows):
            self.count += len(rows)
            self.groups.append(FaultGroup(rows, lambda i: RowVerdict(int(rows[i]), code, message(int(rows[i])))))

    def add_listed(self, verdicts: list[RowVerdict], *, fatal: bool) -> None:
        """Verdicts a row-by-row parser has worded already."""
        if verdicts:
            rows = np.fromiter((verdict.row for verdict in verdicts), np.int64, len(verdicts))
            self._mark(rows, fatal)
            self.groups.append(FaultGroup(rows, verdicts.__getitem__))

    def _mark(self, rows: Rows, fatal: bool) -> None:
        self.count += len(rows)
        self.touched[rows] = True
        if fatal:
            self.fatal[rows] = True

    def first(self, limit: int) -> tuple[RowVerdict, ...]:
        """The first `limit` verdicts in order of rows."""
        picked: list[tuple[int, int, FaultGroup, int]] = []
        for order, group in enumerate(self.groups):
            for i in np.argsort(group.rows, kind="stable")[:limit]:
                picked.append((int(group.rows[i]), order, group, int(i)))
        picked.sort(key=lambda item: item[:2])
        return tuple(group.describe(i) for _, _, group, i in picked[:limit])

    def reasons(self, rows: Rows) -> dict[int, RowVerdict]:
        """The first fault of each of `rows`, which must be few."""
        wanted = {int(row) for row in rows}
        found: dict[int, RowVerdict] = {}
        for group in self.groups:
            for i in np.flatnonzero(np.isin(group.rows, rows)):
                row = int(group.rows[i])
                if row in wanted and row not in found:
                    found[row] = group.describe(int(i))
        return found


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body as columns. `values` holds every column but `asset` and `time`, the contract's and others, by name."""

    rows: int
    asset: pa.Array
    """utf8, or a dictionary of it; asset keys."""
    time: pa.Array
    """As it came: text, numbers or timestamps."""
    values: Mapping[str, pa.Array]
    content: Callable[[int], str]
    """A row as it came, for quarantine; slow, only for bad rows."""
    faults: Faults
    units: Mapping[str, str] = field(default_factory=dict[str, str])


def require_size(rows: int, columns: int) -> None:
    """Raises when a table of that size would not be taken."""
    if columns > MAX_COLUMNS:
        raise TooManyColumns(f"The body has {columns:,} columns; {MAX_COLUMNS:,} are taken.", columns=columns)
    if rows > MAX_ROWS:
        raise TooManyRows(f"The body has {rows:,} rows; {MAX_ROWS:,} are taken at once. Send it in parts.", rows=rows)
    if rows * columns > MAX_CELLS:
        most = MAX_CELLS // max(columns, 1)
        raise TooManyRows(f"With {columns:,} columns, {most:,} rows are taken at once, not {rows:,}.", rows=rows)
    if rows == 0:
        raise EmptyBody("The body has no row. Send at least one.")


def require_columns(names: list[str]) -> None:
    """Raises `BodyUnreadable` unless `asset` and `time` are there and no name stands twice."""
    require_distinct(names)
    for needed in ("asset", "time"):
        if needed not in names:
            raise BodyUnreadable(f"The column “{needed}” is missing.", column=needed)


def require_distinct(names: list[str]) -> None:
    """Raises `BodyUnreadable` when a name stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BodyUnreadable(f"The column “{shown(name)}” stands twice.", column=shown(name))
        seen.add(name)
