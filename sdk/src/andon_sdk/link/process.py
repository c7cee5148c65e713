"""The host's end of a pipeline's process: starts it, asks it, and ends it with all that it started."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Self

from andon_sdk.link import walls
from andon_sdk.link.contracts import Graph
from andon_sdk.link.generate import Written

_LAST_WORDS = 2000
_LOOK_S, _END_S = 0.2, 2.0
_LOADED_FIRST = ("numpy", "torch")
"""Libraries whose generators are seeded before anything runs, where the code speaks of them."""


class ProcessEnded(Exception):
    """The process ended, or was ended for its time, before it answered."""


def libraries(written: Written) -> list[str]:
    """Those of the code whose generators are seeded before anything runs."""
    return [name for name in _LOADED_FIRST if name in written.text]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process runs."""

    folder: Path | None = None
    """Current folder; None for an empty one."""
    walled: bool = False
    """Without a network, and with nothing to see but what is installed, `reads` and its files."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Copied into the empty folder under these names."""
    limit_s: float | None = None
    """Of one question."""
    stop: threading.Event | None = None
    """Ends the process when it is set."""


class StepsProcess:
    """From `with` to its end. `values` is the folder that values are read from and written to."""

    def __init__(self, graph: Graph, written: Written, values: Path, seed: int, place: Place) -> None:
        self._place, self._seed, self._values = place, seed, values.resolve()
        self._settings = {
            "text": written.text,
            "functions": written.functions,
            "folder": str(self._values),
            "libraries": libraries(written),
            "seed": seed,
            "offline": place.walled,
        }
        self._busy = False
        self.shut_off = False
        """Whether the system lets it reach no network."""

    def __enter__(self) -> Self:
        self._temporary = Path(mkdtemp(prefix="andon-link-")).resolve()
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self._temporary, ignore_errors=True)
            raise
        return self

    def _start(self) -> None:
        scratch = self._temporary / "scratch"
        scratch.mkdir()
        for name, path in self._place.files.items():
            if not (scratch / name).resolve().is_relative_to(scratch):
                raise ValueError(f"A file cannot be called {name}: it is put into the folder the steps run in.")
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, scratch / name)
        theirs_asks, self._asks = os.pipe()
        self._answers, theirs_answers = os.pipe()
        settings = self._temporary / "settings.json"
        pipes = {"asks": theirs_asks, "answers": theirs_answers}
        settings.write_text(json.dumps({**self._settings, **pipes}), "utf-8")
        program = [sys.executable, "-I", "-B", "-m", "andon_sdk.link.worker", str(settings)]
        said = walls.environment(scratch, self._seed)
        boxed = walls.walled(program, scratch, said, [settings], [self._values]) if self._place.walled else None
        self.shut_off = boxed is not None
        self._printed = (self._temporary / "printed").open("wb")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the engineer's own code
                boxed or program,
                cwd=self._place.folder or scratch,
                env=said if self._place.walled else os.environ | _reproducible(said),
                stdin=subprocess.DEVNULL,
                stdout=self._printed,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs_asks, theirs_answers),
                start_new_session=True,
            )
        except BaseException:
            os.close(self._asks)
            os.close(self._answers)
            raise
        finally:
            os.close(theirs_asks)
            os.close(theirs_answers)

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.close(self._asks)
        if not self._busy:  # it ends by itself, so that its processor time is known to who asks the system for it
            self._over(_END_S)
        with suppress(ProcessLookupError):  # what is left of it, and of what it started
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._answers)
        self._printed.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _over(self, seconds: float) -> None:
        """Waits for its end without taking note of it, so that its number stays its own until it was killed."""
        ends = time.monotonic() + seconds
        how = os.WEXITED | os.WNOWAIT | os.WNOHANG
        while self._process.returncode is None and time.monotonic() < ends:
            if os.waitid(os.P_PID, self._process.pid, how) is not None:
                return
            time.sleep(0.01)

    def ask(self, do: str, **asked: Any) -> dict[str, Any]:
        """Raises `ProcessEnded`."""
        if self._place.stop is not None and self._place.stop.is_set():
            raise ProcessEnded("it was interrupted")
        self._busy = True
        try:
            self._send(json.dumps({"do": do, **asked}).encode() + b"\n")
        except BrokenPipeError as error:
            raise self._ended() from error
        limit = self._place.limit_s
        answer = self._line(None if limit is None else time.monotonic() + limit)
        self._busy = False
        return json.loads(answer)

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._asks, view) :]

    def _line(self, deadline: float | None) -> bytes:
        data = bytearray()
        while not data.endswith(b"\n"):
            if not select.select([self._answers], [], [], _LOOK_S)[0]:
                if self._place.stop is not None and self._place.stop.is_set():
                    raise ProcessEnded("it was interrupted")
                if deadline is not None and time.monotonic() > deadline:
                    raise ProcessEnded(f"it took longer than {self._place.limit_s:g} s")
                continue
            part = os.read(self._answers, 1 << 20)
            if not part:
                raise self._ended()
            data += part
        return bytes(data)

    def _ended(self) -> ProcessEnded:
        code = self._process.wait()
        words = " ".join(self.printed().split())[-400:]
        how = f"by signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"with {code}"
        return ProcessEnded(f"its process ended {how}" + (f"; its last words: {words}" if words else ""))

    def printed(self) -> str:
        """The last of what the code printed."""
        self._printed.flush()
        return (self._temporary / "printed").read_bytes()[-_LAST_WORDS:].decode(errors="replace")


def _reproducible(said: dict[str, str]) -> dict[str, str]:
    """Of the environment of a run on this machine's own terms: only what results depend on."""
    return {name: said[name] for name in ("PYTHONHASHSEED", "MPLBACKEND", "OMP_WAIT_POLICY")}
