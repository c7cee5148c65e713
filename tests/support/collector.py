"""A collector of traces as OpenTelemetry describes it: OTLP over HTTP on 127.0.0.1, kept in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Span:
    """A span as it came, with the process that sent it."""

    process: str
    name: str
    trace: str
    id: str
    parent: str
    """Empty for the first of its trace."""
    attributes: dict[str, str]


@dataclass
class Collector:
    """What came so far."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def take(self, body: bytes) -> None:
        ExportTraceServiceRequest.FromString(body)  # what is no OTLP is refused at once
        with self.lock:
            self.bodies.append(body)

    def received(self) -> bytes:
        """Every byte that was sent, to look for what must not be there."""
        with self.lock:
            return b"\n".join(self.bodies)

    def trace(self, trace: str) -> list[Span]:
        with self.lock:
            bodies = list(self.bodies)
        return [span for body in bodies for span in spans_of(body) if span.trace == trace]


def spans_of(body: bytes) -> Iterator[Span]:
    for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = {each.key: each.value.string_value for each in sent.resource.attributes}
        for scope in sent.scope_spans:
            for span in scope.spans:
                attributes = {each.key: each.value.string_value for each in span.attributes}
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                yield Span(resource["service.name"], span.name, *ids, attributes)


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            """Each request would be a line on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    listening = Thread(target=server.serve_forever)
    listening.start()
    try:
        yield collector
    finally:
        server.shutdown()
        listening.join()
        server.server_close()
