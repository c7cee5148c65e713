"""Values out of OPC UA's binary encoding, many at once.

A notification of thousands of numbers is a run of records that have one shape: the same fields, the same type. numpy
reads such a run in one step. What has no fixed size (texts, arrays, structures) goes through asyncua, one by one.
Encoding: OPC 10000-6, 5.2.2.16 (Variant) and 5.2.2.17 (DataValue).
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary

HAS_VALUE, HAS_STATUS, HAS_SOURCE_TIME, HAS_SERVER_TIME, HAS_SOURCE_PICO, HAS_SERVER_PICO = 1, 2, 4, 8, 16, 32
NUMBERS = {
    1: "u1", 2: "i1", 3: "u1", 4: "<i2", 5: "<u2", 6: "<i4", 7: "<u4", 8: "<i8", 9: "<u8", 10: "<f4", 11: "<f8",
}  # fmt: skip
"""Built-in types that are a number of fixed size, from Boolean (1) to Double (11)."""
BOOLEAN = 1
LONGEST_LOOK = 65_536

_HANDLE, _COUNT = struct.Struct("<I"), struct.Struct("<i")


class Malformed(ValueError):
    """Bytes that are no list of OPC UA values."""


@dataclass(slots=True)
class Values:
    """Columns of n values as the server sent them. Times are OPC UA's ticks of 100 ns since 1601, 0 where the server
    gave none."""

    handle: np.ndarray
    """uint32[n], the client's handle of the item; zeros for values of a history."""
    value: np.ndarray
    """float64[n], NaN where there is no number."""
    status: np.ndarray
    """uint32[n]"""
    source: np.ndarray
    """int64[n]"""
    server: np.ndarray
    """int64[n]"""
    unfit: dict[int, str]
    """What was sent in place of a number, by row: `String`, `Double[5]`."""

    @classmethod
    def empty(cls, count: int = 0) -> "Values":
        """`count` values of which nothing is known."""
        return cls(
            np.zeros(count, np.uint32), np.full(count, np.nan), np.zeros(count, np.uint32),
            np.zeros(count, np.int64), np.zeros(count, np.int64), {},
        )  # fmt: skip

    @classmethod
    def joined(cls, parts: Sequence["Values"]) -> "Values":
        """All values of the parts, one after the other."""
        unfit: dict[int, str] = {}
        begin = 0
        for part in parts:
            unfit |= {begin + row: what for row, what in part.unfit.items()}
            begin += len(part)
        columns = {
            column: np.concatenate([getattr(part, column) for part in parts])
            for column in ("handle", "value", "status", "source", "server")
        }
        return cls(**columns, unfit=unfit)

    def __len__(self) -> int:
        return len(self.value)


Scalar = Callable[[int, ua.DataValue], tuple[float, str | None]]
"""A number of a value that asyncua decoded, of an item's handle; or NaN and what it is in place of a number."""


def scalar(_: int, data: ua.DataValue) -> tuple[float, str | None]:
    """Only plain numbers are numbers."""
    variant = data.Value
    if variant is None or variant.Value is None:
        return float("nan"), None
    name = variant.VariantType.name
    if isinstance(variant.Value, list):
        return float("nan"), f"{name}[{len(variant.Value)}]"
    if variant.VariantType.value in NUMBERS:
        return float(variant.Value), None
    return float("nan"), name


def decode(data: bytes, start: int, *, handles: bool, of: Scalar = scalar) -> tuple[Values, int]:
    """Reads a counted list of DataValues, each after its client's handle if `handles`, at `start` of `data`.

    Answers the values and where the list ends. Raises `Malformed`.
    """
    try:
        (count,) = _COUNT.unpack_from(data, start)
        return _decode(data, start + 4, max(count, 0), handles, of)
    except (struct.error, IndexError, ua.UaError, ValueError) as error:
        raise Malformed(f"the server sent values that cannot be read: {error}") from error


def _decode(data: bytes, at: int, count: int, handles: bool, of: Scalar) -> tuple[Values, int]:
    if count * (5 if handles else 1) > len(data) - at:
        raise Malformed(f"the server announced {count} values in {len(data) - at} bytes")
    values = Values.empty(count)
    done = 0
    while done < count:
        found = _run(data, at, count - done, handles)
        if found is None:
            at = _one(data, at, done, handles, of, values)
            done += 1
            continue
        rows = slice(done, done + len(found))
        is_boolean = "kind" in (found.dtype.names or ()) and found["kind"][0] == BOOLEAN
        for field in found.dtype.names or ():
            if hasattr(values, field):
                getattr(values, field)[rows] = found[field] != 0 if is_boolean and field == "value" else found[field]
        at += found.nbytes
        done += len(found)
    return values, at


@cache
def _shape(mask: int, kind: int, handles: bool) -> np.dtype | None:
    """The record of a value with these fields, or None if its size is not fixed."""
    if mask & 0xC0 or (mask & HAS_VALUE and kind not in NUMBERS):
        return None
    fields = [("handle", "<u4")] if handles else []
    fields.append(("mask", "u1"))
    if mask & HAS_VALUE:
        fields += [("kind", "u1"), ("value", NUMBERS[kind])]
    if mask & HAS_STATUS:
        fields.append(("status", "<u4"))
    for flag, name, size in (
        (HAS_SOURCE_TIME, "source", "<i8"),
        (HAS_SOURCE_PICO, "source_pico", "<u2"),
        (HAS_SERVER_TIME, "server", "<i8"),
        (HAS_SERVER_PICO, "server_pico", "<u2"),
    ):
        if mask & flag:
            fields.append((name, size))
    return np.dtype(fields)


def _run(data: bytes, at: int, most: int, handles: bool) -> np.ndarray | None:
    """The records from `at` on that have the shape of the first; None if that has no fixed size."""
    first = at + (4 if handles else 0)
    mask = data[first]
    kind = data[first + 1] if mask & HAS_VALUE else 0
    shape = _shape(mask, kind, handles)
    if shape is None:
        return None
    most = min(most, (len(data) - at) // shape.itemsize)
    look = 32
    while True:
        looked = min(look, most)
        records = np.frombuffer(data, shape, looked, at)
        same = records["mask"] == mask
        if mask & HAS_VALUE:
            same &= records["kind"] == kind
        if not same.all():
            return records[: int(np.argmin(same))]
        if looked == most:
            if not looked:
                raise Malformed("the server's list of values ends early")
            return records
        look = look * 8 if look < LONGEST_LOOK else most


def _one(data: bytes, at: int, row: int, handles: bool, of: Scalar, values: Values) -> int:
    """Reads one value of any kind through asyncua; answers where it ends."""
    buffer = Buffer(data, at, len(data) - at)
    handle = _HANDLE.unpack(buffer.read(4))[0] if handles else 0
    value = struct_from_binary(ua.DataValue, buffer)
    number, unfit = of(handle, value)
    values.handle[row], values.value[row] = handle, number
    if value.StatusCode is not None:
        values.status[row] = value.StatusCode.value
    values.source[row] = _ticks(value.SourceTimestamp)
    values.server[row] = _ticks(value.ServerTimestamp)
    if unfit:
        values.unfit[row] = unfit
    return buffer.cur_pos


def _ticks(time: object) -> int:
    return ua.datetime_to_win_epoch(time) if time is not None else 0
