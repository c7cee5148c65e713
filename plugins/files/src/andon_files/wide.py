"""From rows of columns to single readings."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from andon_files import tables
from andon_files.errors import BadFile
from andon_files.settings import Files
from andon_files.times import utc
from andon_sdk.connector import Quality, readings

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


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
        parts = [self._of_column(block, name, time) for name in here]
        tag = pa.concat_arrays([part[0] for part in parts])
        times = pa.concat_arrays([part[1] for part in parts])
        values = pa.concat_arrays([part[2] for part in parts])
        return readings(tag, times, values, np.concatenate([part[3] for part in parts]))

    def _of_column(
        self, block: pa.RecordBatch, name: str, time: pa.Array
    ) -> tuple[pa.Array, pa.Array, pa.Array, np.ndarray]:
        """Tag, time, value and quality of the cells that are filled."""
        value, quality = numbers(block.column(name), self._settings)
        filled = quality >= 0
        if self._asset:
            asset = block.column(self._asset).cast(pa.string())
            tag = pc.call_function("binary_join_element_wise", [asset, pa.scalar(name), pa.scalar("/")])
            wanted = pc.call_function("is_in", [tag], pc.SetLookupOptions(pa.array(sorted(self._tags))))
            filled &= wanted.to_numpy(zero_copy_only=False)
        else:
            tag = pa.repeat(pa.scalar(name), len(value))
        mask = pa.array(filled)
        return tag.filter(mask), time.filter(mask), value.filter(mask), quality[filled]


def numbers(column: pa.Array, settings: Files) -> tuple[pa.Array, np.ndarray]:
    """float64 [rows], and int [rows]: the quality of a cell, -1 where it is empty."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        text = pc.call_function("utf8_trim_whitespace", [column.cast(pa.string())])
        if settings.decimal == ",":
            text = pc.call_function("replace_substring", [text], pc.ReplaceSubstringOptions(",", "."))
        empty = pc.call_function("equal", [text, pa.scalar("")]).fill_null(True)
        fits = pc.call_function("match_substring_regex", [text], pc.MatchSubstringOptions(_NUMBER)).fill_null(False)
        value = pc.call_function("if_else", [fits, text, pa.scalar(None, pa.string())]).cast(pa.float64())
        good, absent = fits.to_numpy(zero_copy_only=False), empty.to_numpy(zero_copy_only=False)
    elif (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    ):
        value = column.cast(pa.float64(), safe=False)
        absent = column.is_null().to_numpy(zero_copy_only=False)
        good = ~absent
    else:
        value = pa.nulls(len(column), pa.float64())
        absent = column.is_null().to_numpy(zero_copy_only=False)
        good = np.zeros(len(column), bool)
    quality = np.where(good, Quality.GOOD, Quality.BAD)
    quality[absent] = -1
    return value, quality
