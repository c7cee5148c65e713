"""Readings as they travel from a source: a value of a tag at a source time, with its quality, in Arrow batches."""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


class Quality(IntEnum):
    """What the source itself says of a value; protocols with finer codes map them to these three."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2
    """Kept out of rows: a bad reading makes its signal missing."""


TAG = pa.dictionary(pa.int32(), pa.string())
TIME = pa.timestamp("us", tz="UTC")
READINGS = pa.schema(
    [
        pa.field("tag", TAG, nullable=False),
        pa.field("time", TIME, nullable=False),
        pa.field("value", pa.float64()),
        pa.field("quality", pa.uint8(), nullable=False),
    ]
)
"""`tag` is the address; `time` the source's own time; a `value` that is no number is null and of bad quality."""


def readings(
    tags: str | Sequence[str] | pa.Array,
    times: Sequence[datetime] | pa.Array,
    values: Sequence[float | bool | None] | Any,
    qualities: Quality | Sequence[int] | Any = Quality.GOOD,
) -> pa.RecordBatch:
    """A batch of `READINGS`; arrays may be Arrow's, numpy's or lists, of one length.

    One tag or one quality stands for all. Times must know their zone. What is missing or not finite becomes null and
    of bad quality. Raises `ValueError` for a naive time or unequal lengths.
    """
    time = _times(times)
    count = len(time)
    value = _values(values)
    tag = pa.repeat(pa.scalar(tags), count) if isinstance(tags, str) else pa.array(tags)
    quality = (
        pa.repeat(pa.scalar(int(qualities), pa.uint8()), count)
        if isinstance(qualities, Quality)
        else pa.array(qualities).cast(pa.uint8())
    )
    if not len(tag) == len(value) == len(quality) == count:
        raise ValueError(f"readings of {len(tag)} tags, {count} times, {len(value)} values, {len(quality)} qualities")
    quality = pc.call_function("if_else", [value.is_null(), pa.scalar(int(Quality.BAD), pa.uint8()), quality])
    if not pa.types.is_dictionary(tag.type):
        tag = tag.cast(pa.string()).dictionary_encode()
    return pa.RecordBatch.from_arrays([tag.cast(TAG), time, value, quality], schema=READINGS)


def _times(times: Any) -> pa.Array:
    if not isinstance(times, pa.Array):
        naive = [time for time in times if getattr(time, "tzinfo", None) is None]
        if naive:
            raise ValueError(f"the time {naive[0]!r} says no zone")
        return pa.array(times, TIME)
    if not pa.types.is_timestamp(times.type) or times.type.tz is None:
        raise ValueError(f"times are {times.type}, which says no zone")
    return times.cast(TIME, safe=False)


def _values(values: Any) -> pa.Array:
    if isinstance(values, list | tuple):  # of numbers and truth values beside each other, which Arrow refuses
        values = [None if value is None else float(value) for value in values]
    value = (values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True)).cast(pa.float64())
    finite = pc.call_function("is_finite", [value])
    return pc.call_function("if_else", [finite, value, pa.scalar(None, pa.float64())])
