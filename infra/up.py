"""`andon up`: this process becomes the supervisor, until Ctrl-C, SIGTERM or `andon down`."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from infra.installation import bring_up
from infra.local import control
from infra.local.state import State
from infra.local.supervisor import PartFailed, Report, Supervisor
from infra.settings import REPOSITORY, Settings, environment_for

_START_SECONDS = 180.0
READY = "ready"


class AlreadyRunning(Exception):
    """Another process supervises this state folder."""


async def supervise(settings: Settings, state: State, report: Report) -> None:
    """Brings everything up, then watches until told to stop; leaves no process behind.

    Raises `AlreadyRunning`, and `PartFailed` when a part does not come up. `report("andon", READY)` says that all is.
    """
    with _only_one(state):
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, over.set)
        supervisor = Supervisor(state, report)
        server = await control.serve(supervisor, state.run, over.set)
        try:
            await _up_or_told(bring_up(settings, state, supervisor, report), over)
            if not over.is_set():
                report("andon", READY)
            await over.wait()
        finally:
            report("andon", "stopping")
            await supervisor.stop_all()
            server.close()
            control.socket_path(state.run).unlink(missing_ok=True)


async def _up_or_told(starting: Any, over: asyncio.Event) -> None:
    """Waits for the start, or for an order to stop before it is done."""
    start, told = asyncio.ensure_future(starting), asyncio.ensure_future(over.wait())
    await asyncio.wait({start, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not start.done():
        start.cancel()
        await asyncio.gather(start, return_exceptions=True)
        return
    await start


@contextmanager
def _only_one(state: State) -> Iterator[None]:
    with (state.home / "up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"Andon runs already in {state.home}.") from None
        yield


def is_running(state: State) -> bool:
    """Whether some process supervises this state folder."""
    try:
        with _only_one(state):
            return False
    except AlreadyRunning:
        return True


def detach(state: State, arguments: list[str]) -> Callable[[], bool]:
    """Starts `andon up` as a process of its own, which outlives this one; returns whether it lives, to be asked."""
    with (state.logs / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "infra.cli", "up", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **environment_for("up", state.home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return lambda: process.poll() is None


async def wait_ready(state: State, report: Report, lives: Callable[[], bool]) -> None:
    """Waits until the supervisor of this folder has everything up. Raises `PartFailed` when `lives` says it is gone."""
    told: dict[str, str] = {}
    began = time.monotonic()
    while time.monotonic() - began < _START_SECONDS:
        try:
            parts = (await control.ask(state.run, "list"))["parts"]
        except control.NotRunning:
            if not lives():
                raise PartFailed(f"Andon did not start. {state.logs / 'supervisor.log'} says why.") from None
            parts = []
        for part in parts:
            if told.get(part["name"]) != part["state"]:
                told[part["name"]] = part["state"]
                report(part["name"], part["state"])
        if told.get("gateway") == READY and told.get("worker") == READY:
            return
        await asyncio.sleep(0.1)
    raise PartFailed(f"Andon was not up within {_START_SECONDS:.0f} s. `andon status` says what is missing.")
