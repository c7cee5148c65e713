"""Traces, logs and metrics of a process, set up once at its start.

Traces go by OTLP to `OTEL_EXPORTER_OTLP_ENDPOINT`; without it spans are made, so that ids travel, and sent nowhere.
Logs are one JSON object a line with tenant and trace id, secrets taken out. Metrics of a process without HTTP of its
own are written to a file that `andon status` and a node exporter's text collector read: no more port to guard.
"""

import asyncio
import logging
import os
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import REGISTRY, CollectorRegistry, write_to_textfile
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

_SECRET_NAME = re.compile(r"passw|secret|token|authorization|cookie|credential|api_?key|access_?key", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r"andon_[A-Za-z0-9_-]{16,}"  # API keys
    r"|(?<=://)[^\s/@]*:[^\s/@]+(?=@)"  # user and password in a URL
    r"|(?i:bearer\s+)[A-Za-z0-9._~+/-]{16,}=*"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"  # JWT
    r"|(?<=[?&]token=)[^&\s]+"
)
HIDDEN = "[hidden]"
_WRITE_EVERY_S = 10.0


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Takes secrets out of a log line: by the name of the field, and by the look of the value."""
    return {key: HIDDEN if _SECRET_NAME.search(key) else _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET_VALUE.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: HIDDEN if _SECRET_NAME.search(str(key)) else _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Puts the trace id of the current span into a log line that has none."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event.setdefault("trace", trace.format_trace_id(context.trace_id))
    return event


def set_up(process: str, level: str = "info") -> None:
    """Call once, first thing in a process called `process`."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"andon-{process}"}))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
        # Local variables stay out: they are long, and hold what must not be in a log.
        ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=12)),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("httpx", "httpcore", "urllib3", "procrastinate", "nats", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)


def shut_down() -> None:
    """Sends what spans are left."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


async def write_metrics(path: Path, registry: CollectorRegistry = REGISTRY) -> None:
    """Writes the process's metrics to `path` in Prometheus' text format every few seconds, until cancelled."""
    while True:
        await asyncio.to_thread(write_to_textfile, str(path), registry)
        await asyncio.sleep(_WRITE_EVERY_S)
