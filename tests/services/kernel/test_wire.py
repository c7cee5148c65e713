"""Batches on the stream."""

from datetime import UTC, datetime
from uuid import UUID

import pyarrow as pa
import pytest

from services.kernel import wire

CONTRACT = UUID(int=5)


def batch() -> pa.RecordBatch:
    schema = wire.readings_schema(CONTRACT, 3, ["flow", "heat"])
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    asset = pa.array(["a", "b", "a"]).dictionary_encode()
    return pa.record_batch(
        [asset, pa.array([moment] * 3, wire.TIME), [1.0, None, 3.0], [None, 2.0, 4.0]], schema=schema
    )


def test_a_batch_survives_the_stream():
    found = wire.decode(wire.encode(batch()))
    assert found.equals(batch())
    assert found.schema.metadata == {b"contract": str(CONTRACT).encode(), b"version": b"3"}


@pytest.mark.parametrize("data", [b"", b"hello", wire.encode(batch())[:-40] + b"x" * 40])
def test_anything_else_is_refused(data: bytes):
    with pytest.raises(pa.ArrowInvalid):
        wire.decode(data)


def test_two_batches_are_refused():
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch().schema) as writer:
        writer.write_batch(batch())
        writer.write_batch(batch())
    with pytest.raises(pa.ArrowInvalid, match="found more"):
        wire.decode(sink.getvalue().to_pybytes())
