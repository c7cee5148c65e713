"""Arrow in and out of requests."""

import pyarrow as pa
from starlette.responses import Response

from gateway.errors import Refused

MEDIA_TYPE = "application/vnd.apache.arrow.stream"


def table_of(body: bytes) -> pa.Table:
    """The table in an IPC stream. Raises `Refused` for anything else."""
    try:
        with pa.ipc.open_stream(body) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Refused("The body is no Arrow IPC stream that can be read.") from error
    return table


def answer(table: pa.Table | pa.RecordBatch, headers: dict[str, str] | None = None) -> Response:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write(table)
    return Response(sink.getvalue().to_pybytes(), headers=headers, media_type=MEDIA_TYPE)
