"""A child process that is spoken to by lines of JSON, and dies with its parent or at its word."""

import asyncio
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

_PR_SET_PDEATHSIG = 1
_START = """
import runpy
from services.kernel.niceness import go_after_others
go_after_others({nice})
runpy.run_module({module!r}, run_name="__main__")
"""
_A_MOMENT_S = 0.05
_LAST_S = 0.5
"""For how long it is listened once more before it is said that a child is silent."""
_LONGEST_LINE = 64 * 1024 * 1024


class _OwnTime:
    """Seconds that a process still has, not counting those in which a thread of it wanted a core and had none."""

    def __init__(self, pid: int, patience: float | None) -> None:
        self.left = patience
        self._pid = pid
        self._last = False
        self._at, self._waits = time.monotonic(), self._waited() if patience is not None else {}

    def is_over(self) -> bool:
        """Asked when `left` has passed. The kernel adds a wait when that has ended, so a process is listened to once
        more before its time is over: a wait that goes on now is known by then."""
        assert self.left is not None
        at, before = self._at, self._waits
        self._at, self._waits = time.monotonic(), self._waited()
        waited = max((wait - before.get(thread, 0.0) for thread, wait in self._waits.items()), default=0.0)
        own = self._at - at - waited
        if self._last:
            self._last, self.left = False, -own
            return own >= 0
        self.left -= own
        if self.left <= _A_MOMENT_S:
            self._last, self.left = True, _LAST_S
        return False

    def _waited(self) -> dict[str, float]:
        """By thread."""
        found = dict[str, float]()
        for thread in Path(f"/proc/{self._pid}/task").glob("*/schedstat"):
            with suppress(OSError):  # the thread has ended
                found[thread.parent.name] = int(thread.read_text().split()[1]) / 1e9
        return found


class Child:
    """`async with Child.of(module) as child`: killed at the end, whatever it does."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._silent = False

    @classmethod
    @asynccontextmanager
    async def of(cls, module: str, nice: int = 5) -> AsyncIterator[Self]:
        """Runs `python -m module`, which goes after others as `niceness` says; its standard error is ours."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _START.format(nice=nice, module=module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            start_new_session=True,
        )
        child = cls(process)
        try:
            yield child
        finally:
            with suppress(ProcessLookupError):  # it has ended already
                process.kill()
            await process.wait()

    async def say(self, words: dict[str, Any]) -> None:
        """Raises `BrokenPipeError` or `ConnectionResetError` when the child is gone."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        await self.process.stdin.drain()

    async def hear(self, patience: float | None = None) -> dict[str, Any] | None:
        """The next line; None when the child has ended, or said nothing for `patience` seconds. Time in which it waited
        for a core is not counted: on a machine that is full it is slow, and nothing is wrong with it."""
        assert self.process.stdout is not None
        self._silent = False
        own = _OwnTime(self.process.pid, patience)
        while True:
            try:
                async with asyncio.timeout(own.left):
                    line = await self.process.stdout.readline()
                break
            except TimeoutError:
                if own.is_over():
                    self._silent = True
                    return None
        if not line:
            await self.process.wait()
            return None
        return json.loads(line)

    def ending(self) -> str:
        """Why `hear` gave None."""
        if self._silent:
            return "it took too long"
        code = self.process.returncode
        if code is not None and code < 0:
            return f"the process was ended by {signal.Signals(-code).name}"
        return f"the process ended with code {code}"


@contextmanager
def own_output() -> Iterator[Callable[[dict[str, Any]], None]]:
    """In the child: a way to speak to the parent that nothing else can write to. What is printed goes to standard
    error, and the process ends when its parent does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    private = os.dup(1)
    os.dup2(2, 1)

    def say(words: dict[str, Any]) -> None:
        os.write(private, json.dumps(words).encode() + b"\n")

    try:
        yield say
    finally:
        os.close(private)
