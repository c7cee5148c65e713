"""The control socket: private, precise, and never fatal to the supervisor."""

import asyncio
import json
import stat
import sys

import pytest

from infra.local import control
from infra.local.state import State
from infra.local.supervisor import Supervisor

SLEEPER = {"name": "box-1", "argv": [sys.executable, "-c", "import time; time.sleep(600)"]}


@pytest.fixture
async def ear(tmp_path):
    state, told = State(tmp_path), []
    supervisor = Supervisor(state)
    server = await control.serve(supervisor, state.run, lambda: told.append("shutdown"))
    yield state, told
    server.close()
    await supervisor.stop_all()


async def test_the_socket_is_the_owners_alone(ear):
    state, _ = ear
    assert stat.S_IMODE(control.socket_path(state.run).stat().st_mode) == 0o600


async def test_a_process_is_started_listed_and_stopped(ear):
    state, _ = ear
    await control.ask(state.run, "start", process=SLEEPER)
    [part] = (await control.ask(state.run, "list"))["parts"]
    assert (part["name"], part["state"], part["restarts"]) == ("box-1", "ready", 0)
    await control.ask(state.run, "stop", name="box-1")
    assert (await control.ask(state.run, "list"))["parts"] == []


async def test_the_platforms_own_parts_cannot_be_impersonated(ear):
    state, _ = ear
    with pytest.raises(RuntimeError, match="may not be called 'postgres'"):
        await control.ask(state.run, "start", process={**SLEEPER, "name": "postgres"})


async def test_reloading_what_does_not_run_is_refused(ear):
    state, _ = ear
    with pytest.raises(RuntimeError, match="nats"):
        await control.ask(state.run, "reload", name="nats")


async def test_shutdown_is_passed_on(ear):
    state, told = ear
    await control.ask(state.run, "shutdown")
    assert told == ["shutdown"]


@pytest.mark.parametrize("line", [b"not json", b"[]", b'{"do": "fly"}', b'{"do": "start"}', b'{"do": "stop"}'])
async def test_nonsense_is_answered_and_survived(ear, line):
    state, _ = ear
    reader, writer = await asyncio.open_unix_connection(control.socket_path(state.run))
    writer.write(line + b"\n")
    assert json.loads(await reader.readline())["ok"] is False
    writer.close()
    assert (await control.ask(state.run, "list"))["ok"] is True


async def test_without_a_supervisor_the_next_step_is_named(tmp_path):
    state = State(tmp_path)
    with pytest.raises(control.NotRunning, match="Start it with `andon up`"):
        await control.ask(state.run, "list")
