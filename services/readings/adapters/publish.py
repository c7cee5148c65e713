"""A checked batch onto the stream, acknowledged when the disk has it."""

import asyncio
from dataclasses import dataclass

import nats.errors
import nats.js.errors
import pyarrow as pa
from nats.aio.client import Client
from nats.js import JetStreamContext
from opentelemetry import propagate
from xxhash import xxh3_128_hexdigest

from services.kernel import wire
from services.readings.errors import StreamFull, StreamUnavailable

MAX_ROWS = 10_000
"""Of one message: what a scorer takes as one block."""
_HEAD_BYTES = 4_096
"""Room for headers, the schema's names and Arrow's own framing beside the rows, per message; more per column below."""
_COLUMN_BYTES = 256
_TIMEOUT_S = 10.0
_IN_FLIGHT = 4
_FULL = "maximum bytes exceeded"
"""What NATS says of a stream that refuses messages because it is at its limit of bytes."""
_FULL_RETRY_S = 10.0


@dataclass(frozen=True, slots=True)
class Published:
    stored: int
    repeated: int
    """Rows of messages the stream has had before, and dropped."""


def cut(batch: pa.RecordBatch, most_bytes: int) -> list[pa.RecordBatch]:
    """Slices of at most `MAX_ROWS` rows that encode to at most `most_bytes`."""
    ids = batch.column(0)
    fixed = _HEAD_BYTES + _COLUMN_BYTES * batch.num_columns + ids.dictionary.nbytes
    row = 8 * batch.num_columns + 4
    rows = max(1, min(MAX_ROWS, (most_bytes - fixed) // row))
    return [batch.slice(start, rows) for start in range(0, batch.num_rows, rows)]


async def publish(
    client: Client, jetstream: JetStreamContext, subject: str, batch: pa.RecordBatch, mark: str | None = None
) -> Published:
    """Sends every row; a message's id is a hash of its content, so the same rows sent again are dropped. Who would look
    for two contents with one hash could only drop rows of their own tenant, so it need not be a cryptographic one.

    With a `mark`, which says where the batch is from, ids are made of it and of the message's place in the batch.

    Raises `StreamUnavailable`, which may be a `StreamFull`, unless every message was acknowledged; sending all of it
    again is then right.
    """
    slots = asyncio.Semaphore(_IN_FLIGHT)
    carrier: dict[str, str] = {}
    propagate.inject(carrier)

    async def send(number: int, piece: pa.RecordBatch) -> tuple[int, bool]:
        async with slots:
            payload = wire.encode(piece)
            name = xxh3_128_hexdigest(payload) if mark is None else f"{mark}.{number}"
            headers = {**carrier, "Nats-Msg-Id": name}
            acknowledged = await jetstream.publish(subject, payload, timeout=_TIMEOUT_S, headers=headers)
            return piece.num_rows, bool(acknowledged.duplicate)

    try:
        answers = await asyncio.gather(*(send(*piece) for piece in enumerate(cut(batch, client.max_payload))))
    except (nats.errors.Error, nats.js.errors.Error, OSError) as error:
        raise _refusal(error) from error
    repeated = sum(rows for rows, again in answers if again)
    return Published(sum(rows for rows, _ in answers) - repeated, repeated)


def _refusal(error: Exception) -> StreamUnavailable:
    if isinstance(error, nats.js.errors.APIError) and error.description == _FULL:
        return StreamFull(
            "The stream is full, for its rows are not in history yet and none of them is dropped. Send the same body "
            "again later; nothing will be doubled. If this lasts, have the platform operator look at `andon doctor`.",
            retry_after=_FULL_RETRY_S,
        )
    return StreamUnavailable(
        "The stream did not acknowledge the rows. Send the same body again; nothing will be doubled.", retry_after=1.0
    )
