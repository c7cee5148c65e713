"""Which rows of a block are new. What is later than anything of its series is; the rest must be looked up."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from services.readings.door.duplicates import repeated

BEGINNING = np.iinfo(np.int64).min
"""Before any time: the floor of an empty table."""


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers of a block, without repetitions inside the block: `certain` are new, `doubtful` may be stored."""

    certain: np.ndarray
    doubtful: np.ndarray


class Watermarks:
    """The latest stored time of each series (µs since 1970); `floor` stands for a series never seen.

    Above `floor` the marks are exact: a series without one has no row later than it.
    """

    def __init__(self, floor: int = BEGINNING) -> None:
        self._floor = floor
        self._codes: dict[tuple[str, ...], int] = {}
        self._latest = np.empty(0, np.int64)

    def codes(self, columns: list[pa.Array]) -> np.ndarray:
        """A whole number per series [rows]; `columns` are dictionaries of utf8, one per part of the series' name."""
        parts = [column.indices.to_numpy().astype(np.int64) for column in columns]
        names = [column.dictionary.to_pylist() for column in columns]
        combined = parts[0]
        for part, known in zip(parts[1:], names[1:], strict=True):
            combined = combined * len(known) + part
        used, positions = np.unique(combined, return_inverse=True)
        return self._known(used, names)[positions]

    def _known(self, combined: np.ndarray, names: list[list[str]]) -> np.ndarray:
        codes = np.empty(len(combined), np.int64)
        for i, number in enumerate(map(int, combined)):
            codes[i] = self._codes.setdefault(_name(number, names), len(self._codes))
        if len(self._codes) > len(self._latest):
            room = max(len(self._codes), 2 * len(self._latest))
            self._latest = np.append(self._latest, np.full(room - len(self._latest), self._floor, np.int64))
        return codes

    def split(self, codes: np.ndarray, time: np.ndarray) -> Split:
        again = repeated(codes, time)
        rows = np.delete(np.arange(len(time)), again)
        later = time[rows] > self._latest[codes[rows]]
        return Split(rows[later], rows[~later])

    def advance(self, codes: np.ndarray, time: np.ndarray) -> None:
        """Once the rows are committed."""
        np.maximum.at(self._latest, codes, time)


def _name(combined: int, names: list[list[str]]) -> tuple[str, ...]:
    """Takes a number that counts through all combinations of names apart again."""
    parts: list[str] = []
    for known in reversed(names):
        combined, position = divmod(combined, len(known))
        parts.append(known[position])
    return tuple(reversed(parts))


def new_rows(
    marks: Watermarks, codes: np.ndarray, time: np.ndarray, stored: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Row numbers to store, by series and time. `stored(rows)` says [bool] which of the doubtful are in the table."""
    split = marks.split(codes, time)
    rows = split.certain
    if len(split.doubtful):
        rows = np.concatenate([rows, split.doubtful[~stored(split.doubtful)]])
    return rows[np.lexsort((time[rows], codes[rows]))]
