"""Starts parts in order, watches them, restarts what fell, stops all in reverse order.

Every child runs behind `launcher.py`, so when this process is killed the kernel kills the children too. Children are
started from the main thread only: the kernel's tie is to the thread that forked.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import psutil

from infra.local import logs
from infra.local.part import Part, base_environment, launched
from infra.local.state import State

Report = Callable[[str, str], None]
"""Takes a part's name and a line of news about it."""

_FIRST_WAIT_S, _LONGEST_WAIT_S, _CALM_S = 0.25, 15.0, 60.0
_ROTATE_EVERY_S = 30.0


class PartState(StrEnum):
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"
    """It fell, and will be started again."""
    STOPPED = "stopped"
    FAILED = "failed"
    """It fell and is not to be restarted."""


class PartFailed(Exception):
    """A part did not become ready; says which, why and where its log is."""


@dataclass(slots=True)
class Running:
    part: Part
    state: PartState = PartState.STARTING
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0
    since: float = field(default_factory=time.monotonic)
    reason: str = ""
    watch: asyncio.Task[None] | None = None
    stopping: bool = False


class Supervisor:
    """Owns the processes of one installation. Use it inside one event loop."""

    def __init__(self, state: State, report: Report = lambda part, news: None) -> None:
        self._state = state
        self._report = report
        self._running: dict[str, Running] = {}
        self._rotation: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self, part: Part) -> None:
        """Starts a part and waits until it is ready; a part of that name that runs already is left alone.

        Raises `PartFailed` when it is not ready in its time; the process is then gone again.
        """
        if self._closing:  # the reconciler still runs while boxes stop, and asks for them again
            raise PartFailed(f"{part.name} is not started: everything is being stopped.")
        known = self._running.get(part.name)
        if known is not None and known.state in {PartState.STARTING, PartState.READY, PartState.WAITING}:
            return
        if self._rotation is None:
            self._rotation = asyncio.create_task(self._rotate())
        running = self._running[part.name] = Running(part)
        try:
            await self._bring_up(running)
        except BaseException:
            await self._end(running)
            running.state = PartState.FAILED
            raise
        running.watch = asyncio.create_task(self._watch(running))

    async def stop(self, name: str) -> None:
        """Stops a part and forgets it. Harmless when there is none of that name."""
        running = self._running.get(name)
        if running is None:
            return
        running.stopping = True
        if running.watch is not None:
            running.watch.cancel()
            with suppress(asyncio.CancelledError):
                await running.watch
        await self._end(running)
        self._running.pop(name, None)
        self._report(name, "stopped")

    async def stop_all(self) -> None:
        """Stops every part, the highest layer first, each layer at once. Nothing can be started any more."""
        self._closing = True
        for layer in sorted({running.part.layer for running in self._running.values()}, reverse=True):
            names = [name for name, running in self._running.items() if running.part.layer == layer]
            await asyncio.gather(*(self.stop(name) for name in names))
        if self._rotation is not None:
            self._rotation.cancel()
            self._rotation = None

    def signal(self, name: str, number: int) -> None:
        """Sends a signal to a part (SIGHUP: read your configuration again). Raises `KeyError` if it is not running."""
        process = self._running[name].process
        if process is None or process.returncode is not None:
            raise KeyError(name)
        process.send_signal(number)

    def list(self) -> list[dict[str, Any]]:
        """What runs: name, pid, state, restarts, seconds in that state, PSS in bytes with all descendants."""
        return [_described(running) for running in tuple(self._running.values())]

    async def _bring_up(self, running: Running) -> None:
        part = running.part
        self._enter(running, PartState.STARTING)
        await part.prepare()
        handle = logs.open_log(self._state.logs, part.name)
        try:
            running.process = await asyncio.create_subprocess_exec(
                *launched(part.argv, unprivileged=part.unprivileged),
                env={**base_environment(), **part.env},
                cwd=part.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                start_new_session=True,  # Ctrl-C at the terminal is for us alone, who stop them in order
            )
        finally:
            os.close(handle)
        await self._wait_ready(running, running.process)
        self._enter(running, PartState.READY)

    async def _wait_ready(self, running: Running, process: asyncio.subprocess.Process) -> None:
        part, began = running.part, time.monotonic()
        while True:
            try:
                async with asyncio.timeout(part.ready_seconds):
                    await part.ready()
                reason = ""
            except Exception as error:  # noqa: BLE001  any failure of a probe means "not yet", and is kept as the reason
                reason = str(error) or type(error).__name__
            if process.returncode is not None:
                raise PartFailed(self._why(part, f"ended at once with {_ending(process.returncode)}"))
            if not reason:
                return
            if time.monotonic() - began > part.ready_seconds:
                raise PartFailed(self._why(part, f"was not ready within {part.ready_seconds:.0f} s: {reason}"))
            await asyncio.sleep(0.03)

    async def _watch(self, running: Running) -> None:
        wait = _FIRST_WAIT_S
        while True:
            failed = True
            if running.process is not None:
                code = await running.process.wait()
                failed, running.reason = code != 0, _ending(code)
                await asyncio.to_thread(_kill_session, running.process.pid)
            if not running.part.restart:
                self._enter(running, PartState.FAILED if failed else PartState.STOPPED)
                self._report(running.part.name, f"ended with {running.reason}")
                return
            wait = _FIRST_WAIT_S if time.monotonic() - running.since > _CALM_S else min(wait * 2, _LONGEST_WAIT_S)
            self._enter(running, PartState.WAITING)
            self._report(running.part.name, f"ended with {running.reason}; starting it again in {wait:.1f} s")
            await asyncio.sleep(wait)
            running.restarts += 1
            try:
                await self._bring_up(running)
            except Exception as error:  # noqa: BLE001  whatever it was, the next attempt follows, and it is reported
                running.reason = str(error)
                self._report(running.part.name, str(error))
                await self._end(running)
                running.process = None
            else:
                self._report(running.part.name, "is back")

    async def _end(self, running: Running) -> None:
        process = running.process
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(running.part.stop_signal)
            try:
                async with asyncio.timeout(running.part.stop_seconds):
                    await process.wait()
            except TimeoutError:
                self._report(running.part.name, f"did not stop in {running.part.stop_seconds:.0f} s and was killed")
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        await asyncio.to_thread(_kill_session, process.pid)

    def _enter(self, running: Running, state: PartState) -> None:
        running.state, running.since = state, time.monotonic()

    def _why(self, part: Part, what: str) -> str:
        last = " | ".join(line.strip() for line in logs.tail(self._state.logs, part.name, 3))
        return f"{part.name} {what}. Its log ({self._state.logs / part.name}.log) ends with: {last or 'nothing'}"

    async def _rotate(self) -> None:
        while True:
            await asyncio.sleep(_ROTATE_EVERY_S)
            await asyncio.to_thread(logs.rotate, self._state.logs)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _kill_session(leader: int) -> None:
    """Kills what a part left behind: whoever still belongs to the session it led."""
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.Error, OSError):
            if os.getsid(process.pid) == leader and process.pid != leader:
                process.kill()


def _described(running: Running) -> dict[str, Any]:
    process = running.process
    alive = process is not None and process.returncode is None
    return {
        "name": running.part.name,
        "pid": process.pid if process is not None and alive else None,
        "state": running.state.value,
        "restarts": running.restarts,
        "seconds": round(time.monotonic() - running.since, 1),
        "pss": family_pss(process.pid) if process is not None and alive else 0,
        "reason": running.reason,
    }


def family_pss(pid: int) -> int:
    """Proportional set size, in bytes, of a process and all its descendants; 0 when it is gone."""
    total = 0
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total
