"""The Arrow batches that travel the stream: readings in, scores out.

Both are Arrow IPC streams of one record batch. A readings batch has one column per signal in the contract's order
and in the contract's units, so nobody downstream maps a name or a unit again; a missing value is null.
"""

from itertools import islice
from uuid import UUID

import pyarrow as pa

ASSET = pa.dictionary(pa.int32(), pa.utf8())
TIME = pa.timestamp("us", tz="UTC")
TOP_SIGNALS = 3
"""How many contributing signals a score names."""

SCORE_SCHEMA = pa.schema(
    [
        ("asset", ASSET),
        ("time", TIME),
        ("version", ASSET),  # id of the model version that answered
        ("role", pa.int8()),  # 0 champion, 1 shadow
        ("route", pa.int8()),  # 0 main model, 1 fallback model, 2 unanswerable: an essential signal is missing
        ("value", pa.float32()),  # smoothed score in units of its threshold: above 1 is abnormal; null if unanswerable
        ("raw", pa.float32()),  # score before smoothing and division by the threshold
        ("threshold", pa.float32()),  # that of the mask used
        ("coverage", pa.float32()),  # share of the contract's signals used, 0 to 1
        ("expected_loss", pa.float32()),  # quality expected to be lost by what is missing, 0 to 1
        ("missing", pa.list_(pa.int16())),  # positions in the contract of the signals not used
        ("top", pa.list_(pa.int16(), TOP_SIGNALS)),  # the signals that contribute most; null in normal rows
        ("share", pa.list_(pa.float32(), TOP_SIGNALS)),  # their shares of the raw score
    ]
)

ROUTE_MAIN, ROUTE_FALLBACK, ROUTE_NONE = 0, 1, 2
ROLE_CHAMPION, ROLE_SHADOW = 0, 1


def readings_schema(contract: UUID, version: int, signals: list[str]) -> pa.Schema:
    """Schema of a readings batch: `asset` (id), `time` (source time), one float64 column per signal."""
    columns: list[tuple[str, pa.DataType]] = [("asset", ASSET), ("time", TIME)]
    columns += [(signal, pa.float64()) for signal in signals]
    return pa.schema(columns, metadata={"contract": str(contract), "version": str(version)})


def encode(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def decode(data: bytes) -> pa.RecordBatch:
    """Raises `pyarrow.ArrowInvalid` on anything but an IPC stream of exactly one batch."""
    try:
        with pa.ipc.open_stream(data) as reader:
            batches = [*islice(reader, 2)]
    except OSError as error:  # how pyarrow tells that the bytes end too early
        raise pa.ArrowInvalid(str(error)) from error
    if len(batches) != 1:
        raise pa.ArrowInvalid(f"expected one record batch, found {'more' if batches else 'none'}")
    return batches[0]
