"""Files as blocks of columns, with a bound on all that a hostile one could make large."""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from andon_files.errors import BadFile
from andon_files.settings import Files

BLOCK_BYTES = 4 * 1024 * 1024
"""Of CSV; a longer line is refused."""
BLOCK_ROWS = 32_768
MOST_COLUMNS = 4_096
ROW_GROUP_BYTES = 1024 * 1024 * 1024
FOOTER_STRINGS = 16 * 1024 * 1024
MB = 1_000_000


class _Bounded(io.RawIOBase):
    """Reads another file, up to so many bytes."""

    def __init__(self, inner: IO[bytes], most: float) -> None:
        self._inner, self._left = inner, most

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._inner.close()
        super().close()

    def read(self, size: int = -1) -> bytes:
        piece = self._inner.read(BLOCK_BYTES if size < 0 else size)
        self._left -= len(piece)
        if self._left < 0:
            raise BadFile("The file is larger than it may be once it is inflated (max_inflated_mb).")
        return piece


def header(path: Path, settings: Files) -> list[str]:
    """The names of the columns. Raises `BadFile`."""
    if path.stat().st_size > settings.max_mb * MB:
        raise BadFile(f"The file has {path.stat().st_size / MB:.0f} MB; max_mb allows {settings.max_mb:g}.")
    names = _parquet(path).schema_arrow.names if _is_parquet(path) else _csv_header(path, settings)
    if len(names) > MOST_COLUMNS:
        raise BadFile(f"The file has {len(names)} columns, more than {MOST_COLUMNS}.")
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise BadFile(f"Columns are called the same: {', '.join(doubled[:5])}.")
    return names


def blocks(path: Path, settings: Files, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows with these columns, block by block: texts of CSV, values of Parquet. Raises `BadFile`."""
    try:
        yield from _parquet_blocks(path, columns) if _is_parquet(path) else _csv_blocks(path, settings, columns)
    except (pa.ArrowException, gzip.BadGzipFile, EOFError, UnicodeError, OSError) as error:
        raise BadFile(f"The file cannot be read: {error}") from error


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(
            path, thrift_string_size_limit=FOOTER_STRINGS, thrift_container_size_limit=1_000_000, memory_map=False
        )
    except (pa.ArrowException, OSError) as error:
        raise BadFile(f"The file begins as Parquet and cannot be read: {error}") from error


def _parquet_blocks(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    with _parquet(path) as file:
        sizes = [file.metadata.row_group(number).total_byte_size for number in range(file.num_row_groups)]
        if sizes and max(sizes) > ROW_GROUP_BYTES:
            raise BadFile(f"A row group has {max(sizes) / MB:.0f} MB, more than {ROW_GROUP_BYTES / MB:.0f}.")
        yield from file.iter_batches(BLOCK_ROWS, columns=columns)


def _opened(path: Path, settings: Files) -> _Bounded:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    opened: Any = gzip.open if zipped else Path.open
    return _Bounded(opened(path, "rb"), settings.max_inflated_mb * MB)


def _csv_header(path: Path, settings: Files) -> list[str]:
    with _opened(path, settings) as file:
        try:
            line = file.read(BLOCK_BYTES).split(b"\n", 1)[0].decode(settings.encoding)
        except (gzip.BadGzipFile, EOFError) as error:
            raise BadFile(f"The file begins as gzip and is not whole: {error}") from error
        except UnicodeError as error:
            raise BadFile(f"The file is no text in {settings.encoding}: {error}") from error
    line = line.removeprefix("\ufeff").rstrip("\r")
    if not line.strip():
        raise BadFile("The file has no header line.")
    try:
        return next(csv.reader([line], delimiter=_delimiter(line, settings)))
    except csv.Error as error:
        raise BadFile(f"The header line cannot be read: {error}") from error


def _delimiter(header: str, settings: Files) -> str:
    return settings.delimiter or max([",", ";", "\t", "|"], key=header.count)


def _csv_blocks(path: Path, settings: Files, columns: list[str]) -> Iterator[pa.RecordBatch]:
    names = header(path, settings)
    with _opened(path, settings) as file:
        line = file.read(BLOCK_BYTES).split(b"\n", 1)[0].decode(settings.encoding)
    with _opened(path, settings) as file:
        reader = pyarrow.csv.open_csv(
            file,
            read_options=pyarrow.csv.ReadOptions(
                block_size=BLOCK_BYTES, column_names=names, skip_rows=1, encoding=settings.encoding, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=_delimiter(line, settings)),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=columns, strings_can_be_null=False
            ),
        )
        with reader:
            yield from reader
