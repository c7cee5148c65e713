"""Traces, metrics and the access log of the gateway.

Spans go to whatever tracer provider the process was started with; without one, requests still get a trace id, so that
an answer can always be found in the logs. Log lines carry method, path (never the query string, which may hold a
login link), status, time, tenant, actor and trace id: no header, no body.
"""

import secrets
import time
from contextvars import ContextVar

import structlog
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

tracer = trace.get_tracer("andon.gateway")
log = structlog.get_logger("andon.access")

_fallback: ContextVar[str] = ContextVar("andon_trace", default="")


def trace_id() -> str:
    """32 hexadecimal digits that find this request in traces and logs."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        return trace.format_trace_id(context.trace_id)
    if not _fallback.get():
        _fallback.set(secrets.token_hex(16))
    return _fallback.get()


class Meters:
    """The gateway's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "andon_http_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "andon_http_request_seconds", "Time to the last byte of the answer", ["method", "route"],
            registry=self.registry,
        )  # fmt: skip
        self.operations = Counter(
            "andon_graphql_operations", "GraphQL operations", ["kind", "outcome"], registry=self.registry
        )
        self.rows = Counter("andon_ingest_rows", "Rows that came to the door", ["outcome"], registry=self.registry)
        self.refused = Counter(
            "andon_refused", "Calls refused because a tenant's share was used up", ["reason"], registry=self.registry
        )
        self.sockets = Gauge("andon_websockets", "Open websockets", registry=self.registry)


class Telemetry:
    """Outermost: a span, a metric and a log line for each request."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self.app = app
        self.meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})
        method = scope.get("method", "WEBSOCKET")
        parent = propagate.extract({key: value for key, value in Headers(scope=scope).items() if key == "traceparent"})
        token = _fallback.set("")
        started, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-trace-id", trace_id().encode())]
            elif message["type"] == "websocket.accept":
                status = 101
            elif message["type"] == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        with tracer.start_as_current_span(method, context=parent, kind=SpanKind.SERVER) as span:
            try:
                await self.app(scope, receive, watched)
            finally:
                route = scope["state"].get("route", "open")
                self._record(scope, method, route, status, time.perf_counter() - started)
                span.update_name(f"{method} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
                if status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                _fallback.reset(token)

    def _record(self, scope: Scope, method: str, route: str, status: int, seconds: float) -> None:
        known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "WEBSOCKET") else "other"
        self.meters.requests.labels(known, route, str(status)).inc()
        self.meters.seconds.labels(known, route).observe(seconds)
        principal = scope["state"].get("principal")
        log.info(
            "request",
            method=known,
            path=scope["path"][:200],
            status=status,
            ms=round(seconds * 1000, 1),
            tenant=str(principal.tenant) if principal else None,
            actor=str(principal.actor) if principal else None,
            trace=trace_id(),
        )
