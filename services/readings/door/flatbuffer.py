"""Just enough flatbuffer to look at an Arrow message's head before it is trusted (format: Arrow `Message.fbs`)."""

import struct
from dataclasses import dataclass

from services.readings.errors import BodyUnreadable

_HEADER = 2
"""Field of `Message`: the union member; `DictionaryBatch` is recognised by its type."""
_HEADER_TYPE = 1
_DICTIONARY_BATCH = 2
_DICTIONARY_DATA = 1
_BATCH_ROWS = 0
_BATCH_COMPRESSION = 3


@dataclass(frozen=True, slots=True)
class BatchHead:
    rows: int
    compressed: bool


def record_batch_head(message: bytes) -> BatchHead:
    """Rows and compression of a record batch or of a dictionary's batch.

    Raises `BodyUnreadable` when an offset points outside the message.
    """
    try:
        table = _follow(message, 0)
        kind_at = _field(message, table, _HEADER_TYPE)
        header = _follow(message, _need(_field(message, table, _HEADER)))
        if kind_at is not None and message[kind_at] == _DICTIONARY_BATCH:
            header = _follow(message, _need(_field(message, header, _DICTIONARY_DATA)))
        rows_at = _field(message, header, _BATCH_ROWS)
        rows = 0 if rows_at is None else struct.unpack_from("<q", message, rows_at)[0]
        return BatchHead(rows, _field(message, header, _BATCH_COMPRESSION) is not None)
    except (struct.error, IndexError) as error:
        raise BodyUnreadable("An Arrow message's head points outside itself.") from error


def _follow(message: bytes, at: int) -> int:
    return at + struct.unpack_from("<I", message, at)[0]


def _field(message: bytes, table: int, index: int) -> int | None:
    """Where field `index` of the table stands, or None where it is left out."""
    vtable = table - struct.unpack_from("<i", message, table)[0]
    if vtable < 0:
        raise IndexError(vtable)
    size = struct.unpack_from("<H", message, vtable)[0]
    slot = 4 + 2 * index
    offset = struct.unpack_from("<H", message, vtable + slot)[0] if slot + 2 <= size else 0
    return table + offset if offset else None


def _need(at: int | None) -> int:
    if at is None:
        raise IndexError("a needed field is left out")
    return at
