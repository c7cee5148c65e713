"""What is counted of a box, and what happens to one that takes more than it may."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from services.enclaves.box.bounds import (
    Bounds,
    Exceeded,
    check,
    descendants,
    disk_bytes,
    memory_bytes,
    nameless_bytes,
)
from services.enclaves.contracts import ClusterState

MIB = 1024 * 1024
WIDE = Bounds(1 << 40, 1 << 40, 1000)


@pytest.fixture
def family():
    """A process, its child, and one below that has made a session of its own."""
    script = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:], start_new_session=True); time.sleep(60)"
    nested = [sys.executable, "-S", "-c", script]
    sleeper = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
    root = subprocess.Popen([*nested, *nested, *sleeper])
    while len(psutil.Process(root.pid).children(recursive=True)) < 2:
        pass
    yield root.pid
    for each in [*psutil.Process(root.pid).children(recursive=True), root]:
        each.kill()
    root.wait()


def test_everything_below_is_family(family: int) -> None:
    assert set(descendants(family)) == {family, *(p.pid for p in psutil.Process(family).children(recursive=True))}
    assert len(descendants(family)) == 3


def test_processes_are_counted(family: int, tmp_path: Path) -> None:
    check(family, [tmp_path], Bounds(1 << 40, 1 << 40, 3))
    with pytest.raises(Exceeded, match=r"^The box runs 3 processes and may run 2\.$"):
        check(family, [tmp_path], Bounds(1 << 40, 1 << 40, 2))


def test_memory_is_counted(family: int, tmp_path: Path) -> None:
    assert MIB < memory_bytes(family) < 100 * MIB
    with pytest.raises(Exceeded, match=r"^The box holds \d+ MiB of memory and may hold 2 MiB\.$"):
        check(family, [tmp_path], Bounds(2 * MIB, 1 << 40, 3))


def test_who_has_ended_holds_nothing(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert memory_bytes(ended.pid) == 0
    check(ended.pid, [tmp_path], WIDE)


def test_files_folders_and_names_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(os.urandom(MIB))
    deep = tmp_path / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "empty").touch()
    (deep / "away").symlink_to("/usr")  # not followed
    assert disk_bytes(tmp_path, 1 << 40) == MIB + 4 * 4096
    with pytest.raises(Exceeded, match=r"^The box holds more than the 1 MiB of disk that it may hold\.$"):
        check(os.getpid(), [tmp_path], Bounds(1 << 40, MIB, 1000))


def test_what_cannot_be_looked_into_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(25):  # longer together than a path may be
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    with pytest.raises(Exceeded, match="cannot be looked into: File name too long"):
        disk_bytes(tmp_path, 1 << 40)


def test_a_removed_file_that_is_open_is_counted_once(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    before = nameless_bytes([os.getpid()], device)
    with (tmp_path / "gone").open("wb") as file, (tmp_path / "gone").open("rb"):
        file.write(os.urandom(MIB))
        file.flush()
        assert nameless_bytes([os.getpid()], device) == before
        (tmp_path / "gone").unlink()
        assert nameless_bytes([os.getpid(), os.getpid()], device) == before + MIB


@pytest.mark.platform
@pytest.mark.cluster
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("of", "mib", "reason"),
    [
        ("disk", 300, "The box holds more than the 256 MiB of disk that it may hold."),
        ("memory", 1500, "MiB of memory and may hold 1500 MiB."),
        ("processes", 0, "processes and may run 100."),
    ],
)
async def test_a_box_that_takes_too_much_is_ended(platform, tenant, make_box, of: str, mib: int, reason: str) -> None:
    limits = {"disk_bytes": 256 * MIB, "memory_bytes": 1500 * MIB, "processes": 100}
    appetite = {"appetite.json": json.dumps({"of": "nothing", "mib": 0})}
    box = await make_box(tenant, "greedy", files=appetite, **limits)
    await box.when(lambda status: status.detail == "hungry", seconds=120)
    host = psutil.Process(next(part["pid"] for part in platform.supervisor.list() if part["name"] == box.name))
    check(host.pid, [box.work], Bounds(limits["memory_bytes"], limits["disk_bytes"], limits["processes"]))
    (box.work / "appetite.json").write_text(json.dumps({"of": of, "mib": mib}))
    status = await box.when(lambda status: reason in status.detail, seconds=60)
    assert status.state is ClusterState.FAILED
