"""The host's end of a plugin's process: asks, waits no longer than it may, and ends what takes more than it may.

Whatever the plugin does, the worst that comes of it here is a `PluginFaulty` that names it.
"""

import fcntl
import os
import select
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from andon_sdk.boundary.frames import BadFrame, Frame, packed, unpacked
from services.enclaves.box.bounds import descendants, memory_bytes
from services.plugins.box import command
from services.plugins.contracts import FaultKind, Installation, Limits
from services.plugins.errors import PluginFaulty

_LOOK_S = 0.2
_PIPE_BYTES = 1024 * 1024
_LAST_WORDS = 400
_OUT_OF_TIME = 128 + 24
"""What bubblewrap ends with when SIGXCPU ended the process in it."""


class PluginProcess:
    """One plugin in its box, from `with` to the end of it. Not for use by several threads at once."""

    def __init__(self, plugin: Installation, limits: Limits | None = None) -> None:
        self._plugin, self._limits = plugin, limits or Limits()
        self._reason: tuple[FaultKind, str] | None = None
        self._last_words = b""

    def __enter__(self) -> Self:
        """Raises `NoBubblewrap`."""
        theirs_asks, self._asks = os.pipe()
        self._answers, theirs_answers = os.pipe()
        fcntl.fcntl(self._answers, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.set_blocking(self._asks, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603  a box, around arguments that are ours
                command(self._plugin, self._limits, theirs_asks, theirs_answers),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={},
                pass_fds=(theirs_asks, theirs_answers),
            )
        except BaseException:
            os.close(self._asks)
            os.close(self._answers)
            raise
        finally:
            os.close(theirs_asks)
            os.close(theirs_answers)
        self._watcher = threading.Thread(target=self._watch, name=f"watch {self._plugin.name}", daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.kill()  # and with it all that it started: their process namespace goes
        self._process.wait()
        self._watcher.join()
        os.close(self._asks)
        os.close(self._answers)

    @property
    def pid(self) -> int:
        """Of the box; the plugin's process is among its descendants."""
        return self._process.pid

    def declarations(self) -> dict[str, list[Any]]:
        """What each hook declares, as JSON that nobody has looked into. Raises `PluginFaulty`."""
        said = self._ask("declare", None).said.get("hooks")
        if not isinstance(said, dict) or not all(isinstance(each, list) for each in said.values()):
            raise self._fault(None, FaultKind.WRONG_ANSWER, "It did not list what its hooks declare.")
        return said

    def events(self, key: str, origin: datetime, seed: int, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """What happened at a demo plant. Raises `PluginFaulty`."""
        asked = {"key": key, "origin": origin.isoformat(), "seed": seed}
        return self._ask("events", "demo_plants", **asked, start=start.isoformat(), end=end.isoformat()).said["events"]

    def rows(
        self, key: str, origin: datetime, seed: int, start: datetime, end: datetime, every_s: float | None = None
    ) -> pa.RecordBatch:
        """Readings of a demo plant: `asset` integer, `time` timestamp[us], `values` fixed-size list of float64, in the
        contract's order. Raises `PluginFaulty`."""
        asked = {"key": key, "origin": origin.isoformat(), "seed": seed, "every_s": every_s}
        answer = self._ask("rows", "demo_plants", **asked, start=start.isoformat(), end=end.isoformat())
        if answer.rows is None:
            raise self._fault("demo_plants", FaultKind.WRONG_ANSWER, "It gave no rows.")
        return answer.rows

    def _ask(self, do: str, hook: str | None, **asked: Any) -> Frame:
        deadline = time.monotonic() + self._limits.seconds
        with self._blamed(hook):
            for part in packed(Frame({"do": do, **asked})):
                self._send(memoryview(part), deadline)
            answer = unpacked(lambda count: self._read(count, deadline))
        fault = answer.said.get("fault")
        if fault is not None:
            raise self._told(fault)
        return answer

    @contextmanager
    def _blamed(self, hook: str | None) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            what = f"It did not answer within {self._limits.seconds:g} s."
            raise self._fault(hook, FaultKind.HUNG, what) from error
        except BadFrame as error:
            raise self._fault(hook, FaultKind.WRONG_ANSWER, f"Its answer cannot be read: {error}.") from error
        except (EOFError, BrokenPipeError) as error:
            raise self._ended(hook) from error

    def _ended(self, hook: str | None) -> PluginFaulty:
        """It closed its end of the pipe, which it may do without ending."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LOOK_S)
        self._process.kill()
        code = self._process.wait()
        self._watcher.join()
        if self._reason is not None:
            return self._fault(hook, *self._reason)
        if code == _OUT_OF_TIME:
            return self._fault(hook, FaultKind.HUNG, f"It used {self._limits.seconds:g} s of processor time.")
        words = " ".join(self._last_words.decode(errors="replace").split())[-_LAST_WORDS:]
        said = f" Its last words: {words}." if words else ""
        return self._fault(hook, FaultKind.ENDED, f"Its process ended with {code}.{said}")

    def _told(self, fault: Any) -> PluginFaulty:
        """A fault that the process told of itself: nothing of it is believed but that there is one."""
        said = fault if isinstance(fault, dict) else {}
        known = {FaultKind.RAISED, FaultKind.MEMORY, FaultKind.DISK, FaultKind.WRONG_ANSWER}
        kind = next((each for each in known if each.value == said.get("kind")), FaultKind.RAISED)
        hook = said.get("hook")
        words = " ".join(str(said.get("message", "nothing")).split())[:_LAST_WORDS]
        return self._fault(str(hook)[:80] if hook else None, kind, f"It says: {words}.")

    def _fault(self, hook: str | None, kind: FaultKind, what: str) -> PluginFaulty:
        return PluginFaulty.of(self._plugin.name, self._plugin.version, hook, kind, what)

    def _send(self, data: memoryview, deadline: float) -> None:
        while data:
            self._wait(self._asks, select.POLLOUT, deadline)
            data = data[os.write(self._asks, data) :]

    def _read(self, count: int, deadline: float) -> bytearray:
        data = bytearray(count)
        place, view = 0, memoryview(data)
        while place < count:
            self._wait(self._answers, select.POLLIN, deadline)
            got = os.readv(self._answers, [view[place:]])
            if not got:
                raise EOFError
            place += got
        return data

    def _wait(self, pipe: int, what: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, what)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError

    def _watch(self) -> None:
        """Until the process's end: throws away what it prints, and ends it when it takes too much."""
        assert self._process.stdout is not None
        output, seen, looked = self._process.stdout.fileno(), 0, time.monotonic()
        poll = select.poll()
        poll.register(output, select.POLLIN)
        while True:
            if poll.poll(_LOOK_S * 1000):
                words = os.read(output, 65536)
                if not words:
                    break
                seen += len(words)
                self._last_words = (self._last_words + words)[-_LAST_WORDS:]
            if seen > self._limits.output_bytes:
                self._end(FaultKind.FLOODED, f"It printed more than {self._limits.output_bytes:,} bytes.")
            if time.monotonic() - looked >= _LOOK_S:
                self._look()
                looked = time.monotonic()
        self._process.stdout.close()

    def _look(self) -> None:
        family = descendants(self._process.pid)
        if len(family) > self._limits.processes:
            self._end(FaultKind.PROCESSES, f"It ran {len(family)} processes and may run {self._limits.processes}.")
        memory = sum(map(memory_bytes, family))
        if memory > self._limits.memory_bytes:
            most = self._limits.memory_bytes >> 20
            self._end(FaultKind.MEMORY, f"It held {memory >> 20} MiB of memory and may hold {most} MiB.")

    def _end(self, kind: FaultKind, what: str) -> None:
        self._reason = self._reason or (kind, what)
        self._process.kill()
