"""Real processes under the supervisor: order, readiness, falls, and an end that leaves nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import asynccontextmanager

import psutil
import pytest

from infra.local.part import Part
from infra.local.state import State
from infra.local.supervisor import PartFailed, Supervisor
from infra.settings import REPOSITORY

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


@asynccontextmanager
async def supervising(tmp_path):
    news: list[tuple[str, str]] = []
    supervisor = Supervisor(State(tmp_path), lambda part, line: news.append((part, line)))
    try:
        yield supervisor, news
    finally:
        await supervisor.stop_all()


async def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass in time"
        await asyncio.sleep(0.02)


def only(supervisor):
    [described] = supervisor.list()
    return described


async def test_a_killed_part_is_named_and_started_again(tmp_path):
    async with supervising(tmp_path) as (supervisor, news):
        await supervisor.start(Part("sleeper", SLEEP))
        first = only(supervisor)["pid"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: only(supervisor)["restarts"] == 1 and only(supervisor)["state"] == "ready")
        assert only(supervisor)["pid"] not in {first, None}
        assert news == [
            ("sleeper", "ended with signal SIGKILL; starting it again in 0.5 s"),
            ("sleeper", "is back"),
        ]


async def test_a_part_that_may_not_be_restarted_stays_down(tmp_path):
    async with supervising(tmp_path) as (supervisor, news):
        await supervisor.start(
            Part("once", (sys.executable, "-c", "import time; time.sleep(0.3); exit(3)"), restart=False)
        )
        await until(lambda: only(supervisor)["state"] == "failed")
        assert news == [("once", "ended with exit code 3")]


async def test_a_part_that_cannot_start_is_named_with_its_log(tmp_path):
    async with supervising(tmp_path) as (supervisor, _):
        broken = (sys.executable, "-c", "print('the disk is full', flush=True); exit(1)")

        async def never():
            raise ConnectionError("nobody there")

        with pytest.raises(PartFailed, match=r"^broken ended at once with exit code 1\. .*the disk is full$"):
            await supervisor.start(Part("broken", broken, ready=never))
        assert only(supervisor)["state"] == "failed"


async def test_a_part_that_is_never_ready_is_ended(tmp_path):
    async with supervising(tmp_path) as (supervisor, _):

        async def never():
            raise ConnectionError("nobody there")

        with pytest.raises(PartFailed, match="was not ready within 0 s: nobody there"):
            await supervisor.start(Part("mute", SLEEP, ready=never, ready_seconds=0.3))
        assert only(supervisor)["pid"] is None


async def test_starting_twice_is_harmless(tmp_path):
    async with supervising(tmp_path) as (supervisor, _):
        await supervisor.start(Part("sleeper", SLEEP))
        pid = only(supervisor)["pid"]
        await supervisor.start(Part("sleeper", SLEEP))
        assert only(supervisor)["pid"] == pid


async def test_the_highest_layer_stops_first(tmp_path):
    async with supervising(tmp_path) as (supervisor, news):
        for layer, name in enumerate(("server", "process", "box")):
            await supervisor.start(Part(name, SLEEP, layer=layer))
        await supervisor.stop_all()
        assert news == [("box", "stopped"), ("process", "stopped"), ("server", "stopped")]
        assert supervisor.list() == []
        with pytest.raises(PartFailed, match="late is not started: everything is being stopped"):
            await supervisor.start(Part("late", SLEEP))


async def test_what_a_part_left_behind_goes_with_it(tmp_path):
    parent = "import subprocess, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
    async with supervising(tmp_path) as (supervisor, _):
        await supervisor.start(Part("parent", (sys.executable, "-c", parent)))
        process = psutil.Process(only(supervisor)["pid"])
        await until(lambda: len(process.children()) == 1)
        [child] = process.children()
        await supervisor.stop("parent")
        await until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


async def test_a_part_that_ignores_the_order_is_killed(tmp_path):
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"

    async with supervising(tmp_path) as (supervisor, news):
        await supervisor.start(Part("deaf", (sys.executable, "-c", deaf), stop_seconds=0.3))
        await until(lambda: "deaf" in (tmp_path / "logs" / "deaf.log").read_text())
        await supervisor.stop("deaf")
        assert news == [("deaf", "did not stop in 0 s and was killed"), ("deaf", "stopped")]


async def test_a_child_sees_no_secret_of_its_parent(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:secret@/x")
    async with supervising(tmp_path) as (supervisor, _):
        await supervisor.start(Part("sleeper", SLEEP, env={"OWN": "1"}))
        environment = psutil.Process(only(supervisor)["pid"]).environ()
    assert environment["OWN"] == "1"
    assert "DATABASE_URL" not in environment


def test_when_the_supervisor_is_killed_the_kernel_kills_its_children(tmp_path):
    program = textwrap.dedent(
        f"""
        import asyncio, sys
        from pathlib import Path
        from infra.local.part import Part
        from infra.local.state import State
        from infra.local.supervisor import Supervisor

        async def main():
            supervisor = Supervisor(State(Path({str(tmp_path)!r})))
            for name, unprivileged in (("plain", False), ("nobody", True)):
                await supervisor.start(Part(name, {SLEEP!r}, unprivileged=unprivileged))
            print(*(part["pid"] for part in supervisor.list()), flush=True)
            await asyncio.sleep(600)

        asyncio.run(main())
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    ) as supervisor:
        assert supervisor.stdout is not None
        children = [psutil.Process(int(pid)) for pid in supervisor.stdout.readline().split()]
        assert len(children) == 2
        time.sleep(0.2)
        supervisor.kill()
    gone, alive = psutil.wait_procs(children, timeout=5)
    assert (len(gone), alive) == (2, [])
