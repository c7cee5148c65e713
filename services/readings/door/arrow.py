"""Arrow IPC bodies, stream or file.

Hostile ones are met in this order: message headers are counted and looked at before anything is built (compressed
buffers could declare any size; extension types may run code when a library registered them), sizes are checked,
then every offset and index is validated, and what dictionaries and views unfold to is added up: a hundred rows may all
point at one text of 60 MB. A file is read as the stream it contains, so its footer is never trusted.
"""

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.readings.door.flatbuffer import record_batch_head
from services.readings.door.limits import MAX_ARROW_MESSAGES, MAX_BODY_BYTES, MAX_CONTENT_CHARS
from services.readings.door.parsed import Faults, Parsed, require_columns, require_distinct, require_size, shown
from services.readings.errors import BodyTooLarge, BodyUnreadable, EmptyBody

_FILE_MAGIC = b"ARROW1"
_STREAM_START = 8
_EXTENSION = b"ARROW:extension:name"
_VIEW_WORDS = 4
"""Of 32 bits in a view of a text; the first is the length."""


def parse(content: bytes) -> Parsed:
    """Raises `BodyUnreadable`, `EmptyBody`, `BodyTooLarge`, `TooManyRows`, `TooManyColumns`."""
    batch = read(content)
    schema = batch.schema
    require_columns(schema.names)
    columns = {name: batch.column(i) for i, name in enumerate(schema.names)}
    asset = columns.pop("asset")
    if not _is_text(asset.type):
        raise BodyUnreadable(f"The column “asset” must be text, not {asset.type}.", column="asset")
    units = {
        column.name: column.metadata[b"unit"].decode("utf-8", "replace")
        for column in schema
        if column.metadata and b"unit" in column.metadata
    }
    return Parsed(
        rows=batch.num_rows,
        asset=asset,
        time=columns.pop("time"),
        values=columns,
        content=lambda row: _content(batch, row),
        faults=Faults(batch.num_rows),
        units=units,
    )


def read(content: bytes) -> pa.RecordBatch:
    """The rows of a body as one batch whose every value can be used. Raises as `parse` does."""
    start = _STREAM_START if content.startswith(_FILE_MAGIC) else 0
    buffer = pa.py_buffer(memoryview(content)[start:])
    try:
        look_at_heads(buffer)
        return _read(buffer)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise BodyUnreadable(f"The body is no Arrow IPC stream: {shown(error, 200)}") from error


def look_at_heads(buffer: pa.Buffer) -> None:
    reader = pa.ipc.MessageReader.open_stream(buffer)
    rows = 0
    for _ in range(MAX_ARROW_MESSAGES):
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        head = message.metadata.to_pybytes()
        if message.type == "schema":
            if _EXTENSION in head:
                raise BodyUnreadable("Extension types are not taken. Send plain columns.")
        elif message.type in {"record batch", "dictionary"}:
            found = record_batch_head(head)
            if found.compressed:
                raise BodyUnreadable("Compressed Arrow buffers are not taken. Send them plain, or gzip the whole body.")
            rows += found.rows
            require_size(max(rows, 1), 1)
        else:
            raise BodyUnreadable(f"An Arrow body holds a schema, dictionaries and batches, no {message.type}.")
    raise BodyUnreadable(f"The body has more than {MAX_ARROW_MESSAGES:,} Arrow messages. Send larger batches.")


def _read(buffer: pa.Buffer) -> pa.RecordBatch:
    with pa.ipc.open_stream(buffer) as reader:
        names = reader.schema.names
        require_size(1, len(names))
        require_distinct(names)
        for column in reader.schema:
            if not _is_flat(column.type):
                raise BodyUnreadable(
                    f"The column “{shown(column.name)}” is of type {shown(column.type)}; send plain values."
                )
        batches = [batch for batch in reader if batch.num_rows]
    if not batches:
        raise EmptyBody("The body has no row. Send at least one.")
    require_size(sum(batch.num_rows for batch in batches), len(names))
    for batch in batches:
        batch.validate(full=True)
    _require_room(batches)
    if len(batches) == 1:
        return batches[0]
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return table.to_batches()[0]


def _require_room(batches: list[pa.RecordBatch]) -> None:
    """Raises `BodyTooLarge` when the texts, each row's written out, are larger than a body may be."""
    size = sum(_text_bytes(column) for batch in batches for column in batch.columns if _is_text(column.type))
    if size > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The texts unfold to {size:,} bytes; {MAX_BODY_BYTES:,} are taken. Send the body in parts.")


def _text_bytes(column: pa.Array) -> int:
    if pa.types.is_dictionary(column.type):
        return _sum(pc.take(_lengths(column.dictionary), column.indices))
    return _sum(_lengths(column))


def _lengths(texts: pa.Array) -> pa.Array:
    if pa.types.is_string_view(texts.type):
        words = np.frombuffer(texts.buffers()[1], np.int32).reshape(-1, _VIEW_WORDS)
        lengths = words[texts.offset : texts.offset + len(texts), 0]
        return pa.array(lengths, mask=~texts.is_valid().to_numpy(zero_copy_only=False))
    return pc.call_function("binary_length", [texts])


def _sum(lengths: pa.Array) -> int:
    return pc.call_function("sum", [lengths]).as_py() or 0


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _is_flat(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind)
    if pa.types.is_interval(kind):
        return False
    if pa.types.is_timestamp(kind):
        return kind.tz != ""  # reading the zone refuses one that is not UTF-8 here, inside the guard
    return _is_text(kind) or pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)


def _content(batch: pa.RecordBatch, row: int) -> str:
    values = {name: _plain(batch.column(i)[row]) for i, name in enumerate(batch.schema.names)}
    return json.dumps(values, default=str, ensure_ascii=False)[:MAX_CONTENT_CHARS]


def _plain(scalar: Any) -> Any:
    """As JSON can hold it. Times stay the count they came as: their zone may be one that nobody knows."""
    if pa.types.is_temporal(scalar.type):
        return f"{scalar.value} {scalar.type.unit}" if hasattr(scalar.type, "unit") else scalar.value
    value = scalar.as_py()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
