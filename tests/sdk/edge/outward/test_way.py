"""Destinations in an edge's file: what is refused, and a test notice."""

import json
from asyncio import to_thread
from pathlib import Path

import pytest
from receiver import Receiver, answer

from andon_sdk.client import AsyncClient
from andon_sdk.edge.cli import main
from andon_sdk.edge.config import load
from andon_sdk.edge.errors import ConfigRefused
from andon_sdk.edge.outward.way import Outward

HEAD = """[andon]
url = "http://127.0.0.1:9"
key = { env = "ANDON_KEY" }

[buffer]
folder = "%s"
"""
ORDERS = """
[[destination]]
name = "orders"
destination = "tickets"
%s
[destination.settings]
create = { url = "%s/orders", body = { machine = "$asset" } }
close = { url = "%s/orders/$ticket", body = {} }
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setenv("ANDON_KEY", "andon_x")

    def write(*parts: str) -> Path:
        path = tmp_path / "edge.toml"
        path.write_text(HEAD % (tmp_path / "buffer") + "".join(parts))
        return path

    return write


def orders(url: str = "http://cmms.example", more: str = "") -> str:
    return ORDERS % (more, url, url)


def outward(path: Path) -> Outward:
    return Outward(load(path), path.name, AsyncClient("http://127.0.0.1:9", "andon_x"))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((), "there is no [[source]] and no [[destination]]: nothing to do"),
        ((orders(), orders()), "two destinations are called orders"),
        ((orders(more='moments = ["rised"]\n'),), "destination.0.moments.0"),
        ((orders(more="patience_min = -1\n"),), "destination.0.patience_min"),
    ],
)
def test_files_that_are_refused(write, parts, said):
    with pytest.raises(ConfigRefused) as caught:
        load(write(*parts))
    assert said in str(caught.value)


def test_a_destination_that_nobody_offers(write):
    with pytest.raises(ConfigRefused, match="destination orders: no installed plugin offers the destination “tikets”"):
        outward(write(orders().replace('"tickets"', '"tikets"')))


def test_a_moment_that_it_makes_no_use_of(write):
    part = """
[[destination]]
name = "chat"
destination = "apprise"
moments = ["shelved"]
settings = { url = { env = "ANDON_KEY" } }
"""
    with pytest.raises(ConfigRefused, match="destination chat, moments: “apprise” makes no use of shelved"):
        outward(write(part))


def test_settings_of_a_destination_are_checked_at_the_start(write):
    with pytest.raises(ConfigRefused, match="destination orders, settings: create"):
        outward(write(orders("ftp://cmms.example")))


async def test_what_the_status_shows(write):
    assert outward(write(orders())).told() == {
        "orders": {
            "destination": "tickets", "state": "works", "why": "", "since": None,
            "waiting": 0, "delivered": 0, "put_aside": 0, "last_at": None,
            "asks_andon": "ok",
        }
    }  # fmt: skip


async def test_a_test_notice(write, capsys):
    async with Receiver.listening() as system:
        system.answers += [answer(201, b'{"id": 1}'), answer(200)]
        path = write(orders(system.url))
        assert await to_thread(main, ["tell", str(path), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"orders": {"arrived": True, "why": ""}}
        assert [each.target for each in system.requests] == ["/orders", "/orders/1"]
        system.answers.append(answer(503, b"closed"))
        assert await to_thread(main, ["tell", str(path), "--destination", "orders"]) == 1
        assert capsys.readouterr().out.startswith("orders: not delivered: POST ")
    assert await to_thread(main, ["tell", str(path), "--destination", "order"]) == 1
    assert "no destination is called “order”" in capsys.readouterr().err
