"""From rows of columns to single readings."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from andon_files import tables
from andon_files.errors import BadFile
from andon_files.settings import Files
from andon_files.times import utc
from andon_sdk.connector.tabular import numeric, of_columns


class Columns:
    """Which columns of a file are read for these tags."""

    def __init__(self, settings: Files, tags: Sequence[str]) -> None:
        assert settings.time_column is not None
        self._settings, self._time, self._asset = settings, settings.time_column, settings.asset_column
        self._tags = frozenset(tags)
        names = {tag.partition("/")[2] for tag in tags} if self._asset else set(tags)
        self._wanted = names - {self._time, self._asset}

    def judge(self, path: Path) -> None:
        """Raises `BadFile` or `TimeUnsaid` if not every row's time can be read, or none of the columns is there."""
        here = self._here(path)
        if not here:
            known = ", ".join(sorted(self._wanted)[:5])
            raise BadFile(f"The file has none of the mapped columns ({known}).")
        row = 2  # the header is line 1
        for block in tables.blocks(path, self._settings, [self._time, *here]):
            utc(block.column(self._time), self._settings, row)
            row += block.num_rows

    def readings(self, path: Path) -> Iterator[pa.RecordBatch]:
        """Batches of whole rows: all readings of a row are in one."""
        here = self._here(path)
        asset = [self._asset] if self._asset else []
        for block in tables.blocks(path, self._settings, [self._time, *asset, *here]):
            batch = self._of_block(block, here)
            if batch.num_rows:
                yield batch

    def _here(self, path: Path) -> list[str]:
        names = tables.header(path, self._settings)
        for needed in (self._time, self._asset):
            if needed is not None and needed not in names:
                raise BadFile(f"The file has no column “{needed}”; it has {', '.join(names[:20])}.")
        return [name for name in names if name in self._wanted]

    def _of_block(self, block: pa.RecordBatch, here: list[str]) -> pa.RecordBatch:
        time = utc(block.column(self._time), self._settings)
        columns = {name: numeric(block.column(name), self._settings.decimal) for name in here}
        asset = block.column(self._asset) if self._asset else None
        return of_columns(time, columns, asset, self._tags)
