"""One trace for one run, across processes that the run's own row ties together."""

from collections.abc import Iterable

from opentelemetry import propagate, trace
from opentelemetry.context import Context

from services.training.cluster.messages import Span

tracer = trace.get_tracer(__name__)


def context_of(traceparent: str | None) -> Context:
    """The context in which the run was started."""
    return propagate.extract({"traceparent": traceparent} if traceparent else {})


def record(traceparent: str | None, spans: Iterable[Span]) -> None:
    """Records what the trainer timed: its box has no way to a collector."""
    parent = context_of(traceparent)
    for span in spans:
        tracer.start_span(f"trainer {span.name}", context=parent, start_time=span.start_ns).end(end_time=span.end_ns)
