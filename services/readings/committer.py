"""The one writer of a table: batches of the stream become commits, each row once whatever was sent how often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from services.kernel import wire
from services.readings.adapters.delta import PARTITION, HistoryTable
from services.readings.watermarks import BEGINNING, Watermarks, new_rows

_DAY_US = 86_400_000_000
_WARM_DAYS = 2
"""Partitions read at start to learn where each series stands; older rows are looked up when they come."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A message of the stream: its sequence and its rows; None for one that could not be read."""

    sequence: int
    batch: pa.RecordBatch | None

    @property
    def rows(self) -> int:
        return self.batch.num_rows if self.batch is not None else 0


class Committer:
    """Effectively once: a sequence at or below the table's is skipped, a row that is stored is not stored again.

    `application` names the stream incarnation in the commits. Methods block: run them in a thread.
    """

    def __init__(self, table: HistoryTable, application: str) -> None:
        self._table = table
        self._application = application
        self._marks: Watermarks | None = None
        self._marked = -1
        """The sequence the marks are exact for; another writer's commit makes them stale."""

    @property
    def committed(self) -> int:
        return self._table.committed(self._application)

    def commit(self, pieces: Sequence[Piece]) -> int:
        """Stores what is new of the pieces, which must be in the stream's order; answers how many rows that was."""
        done = self._table.committed(self._application)
        fresh = [piece for piece in pieces if piece.sequence > done]
        batches = [piece.batch for piece in fresh if piece.batch is not None]
        if not batches:
            return 0
        if self._marks is None or done != self._marked:
            self._marks = self._learn()
        stored = self._store(self._marks, _joined(batches), fresh[-1].sequence)
        self._marked = fresh[-1].sequence
        return stored

    def _store(self, marks: Watermarks, block: pa.Table, sequence: int) -> int:
        codes = marks.codes([_dictionary(block, name) for name in self._table.series])
        time = _microseconds(block)
        rows = new_rows(marks, codes, time, lambda doubtful: self._stored(block, time, doubtful))
        self._table.append(_dated(block, time, rows), self._application, sequence)
        marks.advance(codes[rows], time[rows])
        return len(rows)

    def _learn(self) -> Watermarks:
        table = self._table.refresh()
        days = sorted({part[PARTITION] for part in table.partitions()}) if table is not None else []
        if table is None or not days:
            return Watermarks(BEGINNING)
        first = date.fromisoformat(days[-1]) - timedelta(days=_WARM_DAYS - 1)
        frame = pl.scan_delta(table).filter(pl.col(PARTITION) >= first)
        series = list(self._table.series)
        latest = frame.group_by(series).agg(pl.col("time").max()).collect(engine="streaming")
        marks = Watermarks(floor=(first - date(1970, 1, 1)).days * _DAY_US - 1)
        learned = latest.to_arrow()
        if learned.num_rows:
            codes = marks.codes([_dictionary(learned, name) for name in series])
            marks.advance(codes, _microseconds(learned))
        return marks

    def _stored(self, block: pa.Table, time: np.ndarray, doubtful: np.ndarray) -> np.ndarray:
        """Looks the doubtful rows up in the partitions they belong to."""
        table = self._table.refresh()
        if table is None:
            return np.zeros(len(doubtful), bool)
        series = list(self._table.series)
        wanted = pl.DataFrame(
            {
                name: pl.from_arrow(pc.cast(_whole(block.column(name)), pa.utf8()).take(pa.array(doubtful)))
                for name in series
            }
            | {"time": pl.from_arrow(pa.array(time[doubtful]).view(wire.TIME))}
        )
        days = wanted["time"].dt.date().unique().to_list()
        span = (pl.col("time") >= wanted["time"].min()) & (pl.col("time") <= wanted["time"].max())
        rows = pl.scan_delta(table).filter(pl.col(PARTITION).is_in(days) & span).select([*series, "time"])
        joined = wanted.lazy().with_row_index("row").join(rows, on=[*series, "time"], how="semi").select("row")
        found = np.zeros(len(doubtful), bool)
        found[joined.collect(engine="streaming")["row"].to_numpy()] = True
        return found


def _joined(batches: Iterable[pa.RecordBatch]) -> pa.Table:
    """One table of all columns that occur: a contract that grew is joined with rows of its older version."""
    tables = [pa.Table.from_batches([batch]).replace_schema_metadata(None) for batch in batches]
    joined = tables[0] if len(tables) == 1 else pa.concat_tables(tables, promote_options="default")
    return joined.unify_dictionaries().combine_chunks()


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _microseconds(table: pa.Table) -> np.ndarray:
    return _whole(table.column("time")).cast(wire.TIME).view(pa.int64()).to_numpy()


def _dictionary(table: pa.Table, name: str) -> pa.DictionaryArray:
    column = _whole(table.column(name))
    return column if pa.types.is_dictionary(column.type) else pc.cast(column, pa.utf8()).dictionary_encode()


def _dated(block: pa.Table, time: np.ndarray, rows: np.ndarray) -> pa.Table:
    in_order = len(rows) == block.num_rows and bool((np.diff(rows) == 1).all())
    taken = block if in_order else block.take(pa.array(rows))
    days = (time[rows] // _DAY_US).astype(np.int32)
    return taken.append_column(PARTITION, pa.array(days).view(pa.date32()))
