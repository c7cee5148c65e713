"""Arrow IPC and Parquet: batches become Arrow bodies of their own, which the door then reads as it reads any.

Nothing that a file says of itself is believed: heads of messages are looked at before anything is built, footers have a
size they may have, and what reading takes is bounded by the memory of this process.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from services.bulk.cutter.limits import (
    ARROW_MESSAGES,
    COLUMNS,
    DICTIONARY_BYTES,
    FOOTER_BYTES,
    PIECE_CELLS,
    PIECE_ROWS,
    ROW_GROUPS,
    NotCuttable,
)
from services.readings.door.flatbuffer import record_batch_head
from services.readings.errors import BodyUnreadable

_FILE_MAGIC = b"ARROW1"
_PARQUET_MAGIC = b"PAR1"
_EXTENSION = b"ARROW:extension:name"
_THRIFT = 16 * 1024 * 1024


def arrow_pieces(path: Path) -> Iterator[tuple[bytes, int, float]]:
    """(an Arrow stream, its rows, share of the file that is read)."""
    with pa.memory_map(str(path)) as mapped:
        whole = mapped.read_buffer()
        buffer = whole.slice(8) if whole[:6].to_pybytes() == _FILE_MAGIC else whole
        try:
            _look_at_heads(buffer)
            source = pa.BufferReader(buffer)
            with pa.ipc.open_stream(source) as reader:
                _check_columns(reader.schema)
                yield from _cut(_safe(reader), lambda: source.tell() / max(1, buffer.size))
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise NotCuttable(f"The file is no Arrow IPC: {_short(error)}") from error


def parquet_pieces(path: Path) -> Iterator[tuple[bytes, int, float]]:
    """The same of a Parquet file, whose counts are compared with what was read."""
    _check_footer(path)
    try:
        with pq.ParquetFile(
            path,
            pre_buffer=False,
            memory_map=True,
            thrift_string_size_limit=_THRIFT,
            thrift_container_size_limit=1_000_000,
            arrow_extensions_enabled=False,
        ) as file:
            told = file.metadata
            if told.num_row_groups > ROW_GROUPS:
                raise NotCuttable(f"The file has more than {ROW_GROUPS:,} row groups. Write larger ones.")
            _check_columns(file.schema_arrow)
            rows = min(PIECE_ROWS, max(1, PIECE_CELLS // max(1, len(file.schema_arrow))))
            read = 0

            def batches() -> Iterator[pa.RecordBatch]:
                nonlocal read
                for batch in file.iter_batches(batch_size=rows, use_threads=False):
                    read += batch.num_rows
                    yield batch.replace_schema_metadata(None)

            yield from _cut(batches(), lambda: read / max(1, told.num_rows))
            if read != told.num_rows:
                raise NotCuttable(f"The file says that it has {told.num_rows:,} rows, and has {read:,}.")
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise NotCuttable(f"The file is no Parquet that can be read: {_short(error)}") from error


def _check_footer(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        if size < 12 or file.read(4) != _PARQUET_MAGIC:
            raise NotCuttable("The file does not begin as Parquet does.")
        file.seek(size - 8)
        length, magic = int.from_bytes(file.read(4), "little"), file.read(4)
    if magic != _PARQUET_MAGIC or length > min(size - 8, FOOTER_BYTES):
        raise NotCuttable(
            f"The file does not end as Parquet does, or its metadata is larger than {FOOTER_BYTES:,} bytes."
        )


def _look_at_heads(buffer: pa.Buffer) -> None:
    reader = pa.ipc.MessageReader.open_stream(buffer)
    for _ in range(ARROW_MESSAGES):
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        head = message.metadata.to_pybytes()
        if message.type == "schema":
            if _EXTENSION in head:
                raise NotCuttable("Extension types are not taken. Send plain columns.")
        elif message.type not in {"record batch", "dictionary"}:
            raise NotCuttable(f"An Arrow file of readings holds a schema, dictionaries and batches, no {message.type}.")
        elif _is_compressed(head):
            raise NotCuttable("Compressed Arrow buffers are not taken. Write them plain, or send Parquet.")
        elif message.type == "dictionary" and (message.body.size if message.body else 0) > DICTIONARY_BYTES:
            raise NotCuttable(f"A dictionary is larger than {DICTIONARY_BYTES:,} bytes. Write plain text columns.")
    raise NotCuttable(f"The file has more than {ARROW_MESSAGES:,} Arrow messages. Write larger batches.")


def _is_compressed(head: bytes) -> bool:
    try:
        return record_batch_head(head).compressed
    except BodyUnreadable as error:
        raise NotCuttable(error.message) from error


def _check_columns(schema: pa.Schema) -> None:
    if len(schema) > COLUMNS:
        raise NotCuttable(f"The file has {len(schema):,} columns; {COLUMNS:,} are taken.")
    for column in schema:
        if pa.types.is_nested(column.type) or isinstance(column.type, pa.BaseExtensionType):
            raise NotCuttable(f"The column “{column.name[:60]}” is of type {_short(column.type)}; send plain values.")


def _safe(reader: pa.ipc.RecordBatchStreamReader) -> Iterator[pa.RecordBatch]:
    for batch in reader:
        batch.validate(full=True)
        yield batch


def _cut(batches: Iterator[pa.RecordBatch], share: Callable[[], float]) -> Iterator[tuple[bytes, int, float]]:
    held, rows = list[pa.RecordBatch](), 0
    for batch in batches:
        most = min(PIECE_ROWS, max(1, PIECE_CELLS // max(1, batch.num_columns)))
        start = 0
        while start < batch.num_rows:
            part = batch.slice(start, most - rows)
            held.append(part)
            start, rows = start + part.num_rows, rows + part.num_rows
            if rows >= most:
                yield _written(held), rows, min(1.0, share())
                held, rows = [], 0
    if rows:
        yield _written(held), rows, 1.0


def _written(held: list[pa.RecordBatch]) -> bytes:
    table = pa.Table.from_batches(held).unify_dictionaries().combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _short(value: object) -> str:
    text = str(value)[:200]
    return "".join(letter if letter.isprintable() else "�" for letter in text)
