"""A message of the scores stream: rows of one asset, a second apart."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyarrow as pa

from services.kernel import wire

START = datetime(2026, 1, 1, tzinfo=UTC)


def message(asset: UUID, second: int, value: float, rows: int = 1) -> bytes:
    """Champion's rows that begin `second` after START."""
    number = pa.array([value] * rows, pa.float32())
    columns = {
        "asset": pa.array([str(asset)] * rows).dictionary_encode(),
        "time": pa.array([START + timedelta(seconds=second + row) for row in range(rows)], wire.TIME),
        "version": pa.array([str(UUID(int=7))] * rows).dictionary_encode(),
        "role": pa.array([wire.ROLE_CHAMPION] * rows, pa.int8()),
        "route": pa.array([wire.ROUTE_MAIN] * rows, pa.int8()),
        **dict.fromkeys(("value", "raw", "threshold", "coverage", "expected_loss"), number),
        "missing": pa.array([[]] * rows, pa.list_(pa.int16())),
        "top": pa.array([[0, None, None]] * rows, pa.list_(pa.int16(), 3)),
        "share": pa.array([[1.0, 0.0, 0.0]] * rows, pa.list_(pa.float32(), 3)),
    }
    arrays = [columns[field.name] for field in wire.SCORE_SCHEMA]
    return wire.encode(pa.RecordBatch.from_arrays(arrays, schema=wire.SCORE_SCHEMA))
