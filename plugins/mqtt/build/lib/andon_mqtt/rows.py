"""Readings on their way into a batch."""

from array import array

import numpy as np
import pyarrow as pa

from andon_sdk.connector import READINGS, Quality

NAN = float("nan")


class Rows:
    """Columns that grow by one reading at a time, since messages come by one at a time, and become one batch."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._tags, self._times = array("i"), array("q")
        self._values, self._qualities = array("d"), array("B")

    def __len__(self) -> int:
        return len(self._tags)

    @property
    def tags(self) -> set[str]:
        return set(self._places)

    def add(self, tag: str, time_us: int, value: float | None, quality: int = Quality.GOOD) -> None:
        """`time_us` is the source time in microseconds since 1970, UTC; a value that is absent is never good."""
        if value is None:
            value, quality = NAN, Quality.BAD
        self._tags.append(self._places.setdefault(tag, len(self._places)))
        self._times.append(time_us)
        self._values.append(value)
        self._qualities.append(quality)

    def batch(self) -> pa.RecordBatch:
        """All that was added, in its order, by the schema `READINGS`; an absent value is null."""
        places = np.array(self._tags, np.int32)
        columns = [
            pa.DictionaryArray.from_arrays(places, pa.array(list(self._places), pa.string())),
            pa.array(np.array(self._times, np.int64)).cast(READINGS.field("time").type),
            pa.array(np.array(self._values, np.float64), from_pandas=True),
            pa.array(np.array(self._qualities, np.uint8)),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=READINGS)
