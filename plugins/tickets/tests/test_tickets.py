"""Tickets against a maintenance system that listens: opened once, commented, closed; refusals told apart."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from andon_tickets.plugin import destinations
from andon_tickets.settings import NAMES, Settings
from andon_tickets.sink import Tickets
from notices import ACKNOWLEDGED, CLEARED, MINUTE, NOON, RAISED, SHELF, TOLD
from pydantic import ValidationError
from receiver import HANG, Receiver, answer

from andon_sdk.connector import read_settings
from andon_sdk.destination import DestinationUnavailable, Undeliverable
from andon_sdk.edge.outward.alarms import look

[ANSWER] = look(TOLD, ACKNOWLEDGED, NOON)[1]
[END] = look(TOLD, CLEARED, NOON + 10 * MINUTE)[1]
CREATED = answer(201, b'{"result": {"key": "WO/17"}}')


@pytest.fixture
async def system():
    async with Receiver.listening() as receiver:
        receiver.answers.append(CREATED)
        yield receiver


def settings(url: str, **more: object) -> Settings:
    said = {
        "create": {
            "url": f"{url}/orders",
            "body": {
                "title": "$headline",
                "machine": {"id": "$asset"},
                "text": ["$detail", "at a price of $$5"],
                "priority": 2,
            },
        },
        "ticket": "/result/key",
        "comment": {"url": f"{url}/orders/$ticket/notes", "body": {"text": "$moment by $by"}},
        "close": {"url": f"{url}/orders/$ticket", "method": "PATCH", "body": {"state": "done"}},
        "timeout_s": 0.5,
    }
    return read_settings(Settings, said | more)


async def opened(url: str, folder: Path, **more: object) -> Tickets:
    sink = Tickets(settings(url, **more), folder)
    await sink.open()
    return sink


async def test_an_alarm_is_a_ticket_from_its_beginning_to_its_end(system, tmp_path, monkeypatch):
    monkeypatch.setenv("CMMS_TOKEN", "Bearer s3cret")
    sink = await opened(system.url, tmp_path, authorization={"env": "CMMS_TOKEN"})
    for notice in (RAISED, ANSWER, END):
        await sink.deliver(notice)
    await sink.close()
    created, noted, closed = system.requests
    assert json.loads(created.body) == {
        "title": "Laser drill 2: alarm raised",
        "machine": {"id": "drill-02"},
        "text": [
            "Ulm, line L1, drill-02\n2026-03-01 12:00:00 UTC, rule drill-wear\n"
            "Highest score so far: 1.7 times the border of normal.\nMost of it comes from lens (60%).",
            "at a price of $5",
        ],
        "priority": 2,
    }
    assert (created.headers["authorization"], created.headers["idempotency-key"]) == ("Bearer s3cret", RAISED.id)
    assert (noted.target, json.loads(noted.body)) == ("/orders/WO%2F17/notes", {"text": "acknowledged by Ada"})
    assert (closed.target, json.loads(closed.body)) == ("/orders/WO%2F17", {"state": "done"})
    assert json.loads((tmp_path / "tickets.json").read_text()) == {}


async def test_another_process_goes_on_with_the_ticket_and_opens_no_second(system, tmp_path):
    first = await opened(system.url, tmp_path)
    await first.deliver(RAISED)
    await first.close()
    second = await opened(system.url, tmp_path)
    await second.deliver(RAISED)
    await second.deliver(END)
    assert [each.target for each in system.requests] == ["/orders", "/orders/WO%2F17"]


async def test_what_is_not_wanted_is_not_sent(system, tmp_path):
    sink = await opened(system.url, tmp_path, comment=None, close=None)
    for notice in (ANSWER, END, RAISED, SHELF, END):
        await sink.deliver(notice)
    assert [each.target for each in system.requests] == ["/orders"]


async def test_an_asset_cannot_lead_elsewhere(system, tmp_path):
    create = {"url": f"{system.url}/assets/$asset/orders", "body": {"a": "$asset"}}
    sink = await opened(system.url, tmp_path, create=create)
    await sink.deliver(replace(RAISED, asset='../admin?x=1#"$ticket'))
    [request] = system.requests
    assert request.target == "/assets/..%2Fadmin%3Fx%3D1%23%22%24ticket/orders"
    assert json.loads(request.body) == {"a": '../admin?x=1#"$ticket'}


@pytest.mark.parametrize(
    ("answered", "error", "said"),
    [
        (answer(503, b"maintenance"), DestinationUnavailable, "was answered 503: 'maintenance'"),
        (answer(429), DestinationUnavailable, "was answered 429"),
        (answer(401, b"token expired"), DestinationUnavailable, "was answered 401: 'token expired'"),
        (HANG, DestinationUnavailable, "ReadTimeout"),
        (b"nonsense\r\n\r\n", DestinationUnavailable, "POST http"),
        (answer(302, b"", "Location: http://elsewhere.example/"), Undeliverable, "was answered 302"),
        (answer(422, b"x" * 9000), Undeliverable, "was answered 422: '" + "x" * 300 + "'"),
        (answer(201, b"<html>"), Undeliverable, "there is no /result/key in the answer: '<html>'. Set `ticket`"),
        (answer(201, b'{"result": []}'), Undeliverable, "there is no /result/key"),
    ],
)
async def test_refusals(tmp_path, answered, error, said):
    async with Receiver.listening() as system:
        system.answers.append(answered)
        sink = await opened(system.url, tmp_path)
        with pytest.raises(error) as caught:
            await sink.deliver(RAISED)
        assert said in str(caught.value)


async def test_a_system_that_is_away(tmp_path):
    sink = await opened("http://127.0.0.1:9", tmp_path)
    with pytest.raises(DestinationUnavailable, match=r"POST http://127\.0\.0\.1:9/orders: "):
        await sink.deliver(RAISED)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "ftp://cmms.example/", "body": {}}, "URL scheme should be 'http' or 'https'"),
        ({"url": "http://cmms.example/$ticket", "body": {}}, "is not known before the ticket is created"),
        ({"url": "http://cmms.example/", "body": {"a": ["$sasset"]}}, "$sasset is none of $alarm, $asset"),
        ({"url": "http://cmms.example/", "body": {"a": "5 $"}}, "a `$` that begins no name is written `$$`"),
        ({"url": "http://cmms.example/", "body": {}, "methd": "PUT"}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_settings(wrong, said):
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"create": wrong})
    assert said in str(caught.value)


def test_every_name_is_known(tmp_path):
    body = {name: f"${name}" for name in NAMES - {"ticket"}}
    Settings.model_validate({"create": {"url": "http://cmms.example/", "body": body}})


def test_it_is_declared():
    [declared] = destinations()
    assert (declared.key, declared.settings) == ("tickets", Settings)
    assert all(field.description for field in Settings.model_fields.values())
