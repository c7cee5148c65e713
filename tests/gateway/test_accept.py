import pytest

from gateway.accept import preferred

OFFERED = ("application/json", "application/graphql-response+json", "text/event-stream")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, 0),
        ("", 0),
        ("*/*", 0),
        ("application/*", 0),
        ("text/*", 2),
        ("application/json", 0),
        ("Application/JSON; charset=utf-8", 0),
        ("text/event-stream", 2),
        ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", 1),
        ("application/json, application/graphql-response+json", 0),
        ("application/json;q=0.5, text/event-stream", 2),
        ("text/event-stream;q=0.1, application/json;q=0.2", 0),
        ("text/html, */*;q=0.8", 0),
        ("application/json;q=0", None),
        ("application/json;q=nonsense, text/event-stream;q=nan", None),
        ("image/png", None),
        (";q=1,,/", None),
    ],
)
def test_what_is_liked_best_is_chosen(accept, chosen):
    assert preferred(accept, OFFERED) == (None if chosen is None else OFFERED[chosen])
