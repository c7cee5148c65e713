"""What goes through the pipes between Andon and a plugin's process: JSON, and rows beside it as Arrow's IPC stream.

    4 bytes    length of the JSON, big-endian
    8 bytes    length of the rows, 0 for none
    JSON       an object
    rows       one schema and its batches

Who reads trusts nothing: lengths are held against limits before anything is kept, compressed rows are refused since
nobody could tell how large they become, and rows are validated before anyone looks into them.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD = struct.Struct("!IQ")
MOST_JSON_BYTES = 8 * 1024 * 1024
MOST_ROWS_BYTES = 64 * 1024 * 1024
_RECORDS, _DICTIONARY = 3, 2
"""Types of Arrow's messages that hold rows."""


class BadFrame(Exception):
    """What was read is no frame; the message says why."""


@dataclass(frozen=True, slots=True)
class Frame:
    said: dict[str, Any]
    rows: "pa.RecordBatch | None" = None


def packed(frame: Frame) -> list[bytes | memoryview]:
    """The parts of a frame, in order. Raises `BadFrame` for one that its reader would refuse, `TypeError` and
    `ValueError` for what is no JSON."""
    said = json.dumps(frame.said).encode()
    rows = memoryview(b"") if frame.rows is None else _written(frame.rows)
    _check(len(said), len(rows))
    return [_HEAD.pack(len(said), len(rows)), said, rows]


def unpacked(read: Callable[[int], bytearray]) -> Frame:
    """The next frame; `read(n)` gives exactly n bytes. Raises `BadFrame`."""
    lengths = _HEAD.unpack(read(_HEAD.size))
    _check(*lengths)
    try:
        said = json.loads(read(lengths[0]))
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"it is no JSON: {error}") from error
    if not isinstance(said, dict):
        raise BadFrame(f"it must be an object, not {type(said).__name__}")
    return Frame(said, _read(read(lengths[1])) if lengths[1] else None)


def _check(said: int, rows: int) -> None:
    for length, most, what in ((said, MOST_JSON_BYTES, "JSON"), (rows, MOST_ROWS_BYTES, "rows")):
        if length > most:
            raise BadFrame(f"it has {length:,} bytes of {what}, and at most {most:,} may be sent at once")


def _written(batch: "pa.RecordBatch") -> memoryview:
    import pyarrow as pa  # noqa: PLC0415  declarations need no rows

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return memoryview(sink.getvalue())


def _read(data: bytearray) -> "pa.RecordBatch":
    import pyarrow as pa  # noqa: PLC0415  declarations need no rows

    try:
        for message in pa.ipc.MessageReader.open_stream(pa.py_buffer(data)):
            if _compressed(bytes(message.metadata)):
                raise BadFrame("its rows are compressed; send them as they are")
        with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
            [batch] = list(reader)
        batch.validate(full=True)
    except (pa.ArrowException, ValueError, struct.error) as error:
        raise BadFrame(f"its rows are not one batch that Arrow can read: {error}") from error
    return batch


def _compressed(message: bytes) -> bool:
    """Whether a message of Arrow's format holds a compressed batch: looked up in its flatbuffer (Message.fbs, slots
    `header_type` and `header`; RecordBatch, slot `compression`), since the reader would unpack it at once."""
    [root] = struct.unpack_from("<I", message, 0)
    kind = message[root + place] if (place := _slot(message, root, 1)) else 0
    if kind not in (_RECORDS, _DICTIONARY):
        return False
    header = _table(message, root, 2)
    batch = _table(message, header, 1) if kind == _DICTIONARY else header
    return bool(_slot(message, batch, 3))


def _table(message: bytes, table: int, number: int) -> int:
    at = table + _slot(message, table, number)
    return at + struct.unpack_from("<I", message, at)[0]


def _slot(message: bytes, table: int, number: int) -> int:
    """Where in a table its field of that number lies; 0 where it is absent."""
    vtable = table - struct.unpack_from("<i", message, table)[0]
    [size] = struct.unpack_from("<H", message, vtable)
    return struct.unpack_from("<H", message, vtable + 4 + 2 * number)[0] if 4 + 2 * number < size else 0
