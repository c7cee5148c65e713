"""Plugins in processes of their own: what they declare arrives as declared, and whatever they do, the host stays up."""

import os
import time
from datetime import UTC, datetime, timedelta
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import presses
import pytest

from andon_sdk.boundary.wire import KINDS, heard, told
from andon_sdk.plugin.loading import ask, load
from services.plugins.contracts import NEXT, FaultKind, Installation, Limits
from services.plugins.errors import PluginFaulty
from services.plugins.found import core
from services.plugins.process import PluginProcess

HEAD = "import os, socket, subprocess, sys, time\nfrom andon_sdk.plugin import AlarmRule, hook\n"
QUICK = Limits(seconds=3, memory_bytes=128 << 20, scratch_bytes=8 << 20, processes=8)
ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)


def plugin(folder: Path, source: str) -> Installation:
    presses.write_distribution(folder, "acme-press", "acme_press", HEAD + source)
    return Installation("acme-press", "1.0", "digest", (str(folder),), (str(folder),))


def faulty(folder: Path, source: str) -> PluginFaulty:
    with pytest.raises(PluginFaulty) as caught, PluginProcess(plugin(folder, source), QUICK) as process:
        process.declarations()
    return caught.value


def hook(body: str) -> str:
    return f"@hook\ndef alarm_rules():\n    {body}\n    return [AlarmRule('r', 'R', 'c')]\n"


WRITES = """
def writes():
    for fd in range(3, 250):
        try:
            os.write(fd, b"x" * 64)
        except OSError:
            pass
"""
HOSTILE = {
    "raises": (hook("raise RuntimeError('no')"), FaultKind.RAISED, "alarm_rules", "hook alarm_rules raised: no"),
    "raises at import": ("raise RuntimeError('never')", FaultKind.RAISED, None, "cannot be imported: never"),
    "misspelt": ("@hook\ndef alarm_rule():\n    return []\n", FaultKind.RAISED, "alarm_rule", "is not a hook"),
    "hangs": (hook("time.sleep(60)"), FaultKind.HUNG, None, "did not answer within 3 s"),
    "burns": (hook("exec('while True: pass')"), FaultKind.HUNG, None, "3 s"),
    "leaves": (hook("os._exit(3)"), FaultKind.ENDED, None, "ended with 3"),
    "kills itself": (hook("os.kill(os.getpid(), 11)"), FaultKind.ENDED, None, "ended with 139"),
    "hangs up": (hook("os.closerange(3, 200); time.sleep(60)"), FaultKind.ENDED, None, "ended with"),
    "allocates 2 GB": (hook("bytearray(2 << 30)"), FaultKind.MEMORY, "alarm_rules", "hook alarm_rules raised"),
    "allocates in children": (
        hook("[os.fork() or (bytearray(60 << 20), time.sleep(60)) for _ in range(4)]; time.sleep(60)"),
        FaultKind.MEMORY,
        None,
        "may hold 128 MiB",
    ),
    "forks": (hook("[os.fork() for _ in range(6)]; time.sleep(60)"), FaultKind.PROCESSES, None, "may run 8"),
    "writes 10 GB": (
        hook("f = open('/scratch/full', 'wb'); [f.write(bytes(1 << 20)) for _ in range(10_000)]"),
        FaultKind.DISK,
        "alarm_rules",
        "File too large",
    ),
    "writes many files": (
        hook("[open(f'/scratch/{i}', 'wb').write(bytes(1 << 20)) for i in range(10_000)]"),
        FaultKind.DISK,
        "alarm_rules",
        "No space left",
    ),
    "fills shared memory": (
        hook("[open(f'/dev/shm/{i}', 'wb').write(bytes(1 << 20)) for i in range(10_000)]"),
        FaultKind.DISK,
        "alarm_rules",
        "No space left",
    ),
    "floods": (hook("[os.write(2, bytes(65536)) for _ in range(10_000)]"), FaultKind.FLOODED, None, "1,048,576 bytes"),
    "floods by print": (hook("print('x' * 9_000_000, flush=True)"), FaultKind.FLOODED, None, "1,048,576 bytes"),
    "returns no list": ("@hook\ndef alarm_rules():\n    return 5\n", FaultKind.RAISED, "alarm_rules", "not iterable"),
    "returns a text": (
        "@hook\ndef alarm_rules():\n    return ['r']\n",
        FaultKind.WRONG_ANSWER,
        None,
        "hook alarm_rules declares AlarmRule, not str",
    ),
    "answers by itself": (WRITES + hook("writes()"), FaultKind.WRONG_ANSWER, None, "2,021,161,080 bytes of JSON"),
    "answers for ever": (
        "@hook\ndef alarm_rules():\n    while True:\n        yield 'x' * (1 << 22)\n",
        FaultKind.MEMORY,
        "alarm_rules",
        "",
    ),
    "reads /etc": (hook("open('/etc/passwd').read()"), FaultKind.RAISED, "alarm_rules", "No such file"),
    "connects": (
        hook("socket.create_connection(('127.0.0.1', 5432), 1)"),
        FaultKind.RAISED,
        "alarm_rules",
        "Connection refused",
    ),
    "connects elsewhere": (
        hook("socket.create_connection(('192.0.2.1', 443), 1)"),
        FaultKind.RAISED,
        "alarm_rules",
        "Network is unreachable",
    ),
    "writes elsewhere": (hook("open('/dev/mine', 'w')"), FaultKind.RAISED, "alarm_rules", "Read-only file system"),
}  # fmt: skip


@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_plugin_is_a_fault_that_names_it(tmp_path: Path, how: str) -> None:
    source, kind, at, words = HOSTILE[how]
    error = faulty(tmp_path, source)
    fault = error.fault
    assert (fault.plugin, fault.version, fault.kind, fault.hook) == ("acme-press", "1.0", kind, at), fault
    assert words in fault.what
    assert fault.next == NEXT[kind]
    assert str(error).startswith("Plugin acme-press 1.0")
    assert str(error).endswith(NEXT[kind])


def test_nothing_is_left_of_it(tmp_path: Path) -> None:
    def marked() -> list[str]:
        found = []
        for each in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found += [str(each)] if str(tmp_path).encode() in each.read_bytes() else []
            except OSError:
                continue
        return found

    faulty(tmp_path, hook("[os.fork() for _ in range(2)]; os.setsid if 0 else None; os.closerange(3, 200)"))
    until = time.monotonic() + 5
    while marked() and time.monotonic() < until:
        time.sleep(0.05)
    assert marked() == []


def test_it_sees_no_environment_and_no_one_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDON_TEST_SECRET", "of the host")
    look = "','.join(sorted(os.environ)), ','.join(sorted(p for p in os.listdir('/proc') if p.isdigit())), os.getuid()"
    source = f"@hook\ndef alarm_rules():\n    return [AlarmRule(key, 'R', 'c') for key in map(str, ({look}))]\n"
    with PluginProcess(plugin(tmp_path, source), QUICK) as process:
        rules = process.declarations()["alarm_rules"]
    environment, processes, user = (each["key"] for each in rules)
    assert "ANDON" not in environment
    assert set(environment.split(",")) <= {
        "HOME", "TMPDIR", "PATH", "LANG", "TZ", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX", "PWD", "LC_CTYPE"
    }  # fmt: skip
    assert processes == "1,2"
    assert user == "1000" != str(os.getuid())


@pytest.mark.parametrize("name", ["andon-laser-drill"])
def test_what_core_plugins_declare_arrives_as_declared(name: str) -> None:
    [here] = load([(distribution(name), entry) for entry in distribution(name).entry_points if "andon" in entry.group])
    [installation] = [each for each in core() if each.name == name]
    with PluginProcess(installation) as process:
        said = process.declarations()
        rows = process.rows("laser-drills", ORIGIN, 7, ORIGIN, ORIGIN + timedelta(hours=1))
        facts = process.events("laser-drills", ORIGIN, 7, ORIGIN, ORIGIN + timedelta(days=30))
    for each in KINDS:
        declared = ask(here, each)
        assert [told(each, heard(each, one)) for one in said[each]] == [told(each, one) for one in declared]
    [plant] = ask(here, "demo_plants")
    life = plant.simulate(ORIGIN, 7)
    mine = life.rows(ORIGIN, ORIGIN + timedelta(hours=1))
    assert rows.column("asset").to_pylist() == mine.asset.tolist()
    assert np.array_equal(rows.column("time").to_numpy(), mine.time)
    assert np.array_equal(
        rows.column("values").flatten().to_numpy(zero_copy_only=False), mine.values.reshape(-1), equal_nan=True
    )
    assert [each["asset"] for each in facts] == [
        each.asset for each in life.events(ORIGIN, ORIGIN + timedelta(days=30))
    ]
