"""`andon up` as people run it: every part, every port, every way to end."""

import json
import os
import signal
import time

import httpx
import psutil
import pytest
from installation import run, start

from infra.local import probe

pytestmark = pytest.mark.platform
PARTS = {"postgres", "nats", "s3", "gateway", "worker", "historian"}


def ended(family: list[psutil.Process], seconds: float = 30.0) -> list[psutil.Process]:
    """Those that still live after their time."""
    return psutil.wait_procs(family, timeout=seconds)[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    up = start(tmp_path_factory.mktemp("andon"), "--no-demo")
    yield up
    up.end()


def test_every_part_is_ready(running):
    assert {name: part["state"] for name, part in running.parts().items()} == dict.fromkeys(PARTS, "ready")


def test_every_port_is_on_the_loopback_and_refuses_a_stranger(running):
    places = probe.listening([running.process.pid])
    assert len(places) >= 10
    knocks = [probe.knock(address, port) for address, port in places]
    assert [knock for knock in knocks if not (knock.refused and knock.loopback)] == []


def test_the_doctor_finds_nothing(running):
    report = running.andon("doctor")
    assert report["ok"] is True
    assert {"ports", "memory", "bubblewrap", "disk", *PARTS} <= {finding["subject"] for finding in report["findings"]}


def test_a_login_link_signs_in_once(running):
    link = running.andon("tenant", "create", "acme", "--admin", "ada@acme.example")["url"]
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(link).status_code == 303
        assert browser.get(link).status_code == 401
        answer = browser.post(
            f"{running.url}/graphql", json={"query": "{ __typename }"}, headers={"Origin": running.url}
        )
    assert answer.json()["data"] == {"__typename": "Query"}
    assert [tenant["slug"] for tenant in running.andon("tenant", "list")] == ["acme"]


def test_starting_again_prints_another_link_of_the_one_that_runs(running):
    before = running.parts()
    again = run(running.home, "up", "--no-demo", "--json")
    url = json.loads(again.stdout.splitlines()[-1])["url"]
    assert url.startswith(f"{running.url}/login?token=")
    assert {name: part["pid"] for name, part in running.parts().items()} == {
        name: part["pid"] for name, part in before.items()
    }


def test_a_tenant_that_is_there_is_not_made_again(running):
    refused = running.andon("tenant", "create", "acme", "--admin", "eve@acme.example", code=1)
    assert refused["ok"] is False


def test_resetting_without_saying_so_deletes_nothing(running):
    assert running.andon("reset", code=1)["ok"] is False
    assert (running.home / "postgres").exists()


@pytest.mark.parametrize("name", [*sorted(PARTS - {"postgres"}), "postgres"])
def test_a_killed_part_comes_back_and_is_named(running, name):
    """The database comes last: the worker ends when it loses it, and would not be there to be killed."""
    until = time.monotonic() + 60
    parts = running.parts()
    while any(part["state"] != "ready" for part in parts.values()):
        assert time.monotonic() < until, parts
        time.sleep(0.2)
        parts = running.parts()
    before = parts[name]
    os.kill(before["pid"], signal.SIGKILL)
    until = time.monotonic() + 60
    while True:
        part = running.parts()[name]
        if part["restarts"] == before["restarts"] + 1 and part["state"] == "ready":
            break
        assert time.monotonic() < until, part
        time.sleep(0.2)
    assert part["pid"] != before["pid"]
    assert part["reason"] == "signal SIGKILL"


def test_after_all_that_it_still_answers(running):
    until = time.monotonic() + 30
    while httpx.get(f"{running.url}/healthz", trust_env=False).status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.2)


def test_an_interrupt_ends_everything_in_order(running):
    family = running.family()
    assert len(family) >= len(PARTS)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 0
    assert ended(family) == []
    assert running.andon("status", code=1)["ok"] is False
    assert running.andon("down") == {"ok": True}


def test_killing_the_supervisor_leaves_no_process_and_no_harm(running):
    began = time.monotonic()
    up = start(running.home, "--no-demo")
    assert time.monotonic() - began < 60
    assert up.url.startswith(running.url)
    family = up.family()
    up.process.kill()
    up.process.wait(10)
    assert ended(family) == []
    once_more = start(running.home, "--no-demo")
    assert {part["state"] for part in once_more.parts().values()} == {"ready"}
    family = once_more.family()
    assert once_more.andon("down") == {"ok": True}
    assert once_more.process.wait(10) == 0
    assert ended(family) == []


def test_resetting_a_stopped_installation_spares_customers(running):
    up = start(running.home, "--no-demo")
    up.andon("tenant", "create", "works", "--admin", "ada@works.example")
    assert up.andon("down") == {"ok": True}
    assert "works" in up.andon("reset", "--demo", code=1)["error"]
    assert (up.home / "postgres").exists()
