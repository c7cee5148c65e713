"""Arrow out of requests; what comes in is read by the door of `services.readings`."""

import pyarrow as pa
from starlette.responses import Response

MEDIA_TYPE = "application/vnd.apache.arrow.stream"


def answer(table: pa.Table | pa.RecordBatch, headers: dict[str, str] | None = None) -> Response:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write(table)
    return Response(sink.getvalue().to_pybytes(), headers=headers, media_type=MEDIA_TYPE)
