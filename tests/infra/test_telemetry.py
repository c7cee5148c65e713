"""No secret reaches a log line."""

import pytest
from opentelemetry.sdk.trace import TracerProvider

from infra.telemetry import HIDDEN, add_trace, redact


@pytest.mark.parametrize(
    "name", ["password", "api_key", "access_key", "Authorization", "cookie", "login_token", "secret"]
)
def test_fields_named_like_secrets_are_hidden(name):
    assert redact(None, "info", {name: "x", "event": "e"}) == {name: HIDDEN, "event": "e"}


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("postgresql://andon_app:s3cret@/andon?host=%2Frun", f"postgresql://{HIDDEN}@/andon?host=%2Frun"),
        ("key andon_0123456789abcdefXYZ refused", f"key {HIDDEN} refused"),
        ("Authorization: Bearer abcdefghijklmnop.q", f"Authorization: {HIDDEN}"),
        ("GET /login?token=abc-DEF&x=1", f"GET /login?token={HIDDEN}&x=1"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", HIDDEN),
        ("an ordinary line about tenant 7", "an ordinary line about tenant 7"),
    ],
)
def test_values_that_look_like_secrets_are_hidden(said, left):
    assert redact(None, "info", {"event": said}) == {"event": left}


def test_nested_values_are_looked_into():
    event = {"exception": [{"exc_value": "nats://u:p@h", "password": "p"}]}
    assert redact(None, "error", event) == {"exception": [{"exc_value": f"nats://{HIDDEN}@h", "password": HIDDEN}]}


def test_a_line_within_a_span_carries_its_trace():
    tracer = TracerProvider().get_tracer("test")
    with tracer.start_as_current_span("job") as span:
        assert add_trace(None, "info", {})["trace"] == format(span.get_span_context().trace_id, "032x")
    assert add_trace(None, "info", {}) == {}
