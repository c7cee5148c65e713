"""Children that speak, end, fall silent, or have no core to speak with."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.kernel.child import Child
from services.kernel.niceness import AUTOGROUP


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a module that a child can run; returns its name."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def write(name: str, body: str) -> str:
        head = "import os, signal, sys, time\nfrom services.kernel.child import own_output\nwith own_output() as say:\n"
        (tmp_path / f"{name}.py").write_text(head + textwrap.indent(textwrap.dedent(body), "    "))
        return name

    return write


async def test_it_is_spoken_to_by_lines_and_printing_is_no_speech(module) -> None:
    name = module("echoes", 'print("not this")\nsay({"heard": sys.stdin.readline()})')
    async with Child.of(name) as child:
        await child.say({"a": 1})
        assert await child.hear(60) == {"heard": '{"a": 1}\n'}
        assert await child.hear(60) is None
        assert child.ending() == "the process ended with code 0"


def group_of(child: Child) -> str:
    """What the kernel says of the niceness of its session; "" where it has no such groups."""
    place = Path(f"/proc/{child.process.pid}/autogroup")
    return place.read_text().strip().partition(" ")[2] if AUTOGROUP.exists() else ""


async def test_it_and_its_session_go_after_others(module) -> None:
    name = module("nice", 'say({"nice": os.nice(0), "session": os.getsid(0) == os.getpid()})\nsys.stdin.readline()')
    async with Child.of(name, nice=7) as child:
        assert await child.hear(60) == {"nice": 7, "session": True}
        assert group_of(child) in ("", "nice 7")


async def test_who_is_killed_or_falls_silent_is_named_so(module) -> None:
    async with Child.of(module("dies", "os.kill(os.getpid(), signal.SIGKILL)")) as child:
        assert await child.hear(60) is None
        assert child.ending() == "the process was ended by SIGKILL"
    async with Child.of(module("sleeps", "say({})\ntime.sleep(600)")) as child:
        assert await child.hear(60) == {}
        assert await child.hear(0.5) is None
        assert child.ending() == "it took too long"


@pytest.fixture
def crowded() -> Iterator[set[int]]:
    """A core on which two others never rest."""
    core = {max(os.sched_getaffinity(0))}
    spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    for spinner in spinners:
        os.sched_setaffinity(spinner.pid, core)
    yield core
    for spinner in spinners:
        spinner.kill()
        spinner.wait()


async def test_who_has_no_core_is_waited_for(module, crowded: set[int]) -> None:
    work = """
    say({})
    sys.stdin.readline()
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass
    say({"done": True})
    """
    async with Child.of(module("works", work), nice=10) as child:
        assert await child.hear(60) == {}
        os.sched_setaffinity(child.process.pid, crowded)
        await child.say({})
        assert await child.hear(4) == {"done": True}


async def test_who_has_a_core_now_and_then_and_never_speaks_is_silent(module, crowded: set[int]) -> None:
    async with Child.of(module("spins", "say({})\nwhile True: pass"), nice=5) as child:
        assert await child.hear(60) == {}
        os.sched_setaffinity(child.process.pid, crowded)
        assert await child.hear(0.2) is None
        assert child.ending() == "it took too long"
