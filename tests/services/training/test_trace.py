"""One trace for one run, through the row, the command and what the trainer timed."""

import pytest
from opentelemetry import propagate
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.training import trace
from services.training.cluster.messages import Span


def test_the_trainers_spans_hang_below_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "tracer", provider.get_tracer("test"))
    carrier: dict[str, str] = {}
    with provider.get_tracer("gateway").start_as_current_span("startRun") as request:
        propagate.inject(carrier)
    trace.record(carrier["traceparent"], [Span("begin", 1_000, 2_000), Span("train", 2_000, 9_000)])
    spans = {span.name: span for span in exporter.get_finished_spans()}
    for name, start, end in (("trainer begin", 1_000, 2_000), ("trainer train", 2_000, 9_000)):
        found = spans[name]
        assert (found.start_time, found.end_time) == (start, end)
        assert found.context.trace_id == request.get_span_context().trace_id
        assert found.parent is not None
        assert found.parent.span_id == request.get_span_context().span_id


def test_a_run_started_without_a_trace_gets_one_of_its_own() -> None:
    trace.record(None, [Span("train", 1, 2)])
    assert trace.context_of(None) == {}
