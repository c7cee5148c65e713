"""The walls around a plugin's process: bubblewrap, with nothing inside but what Python needs to load the plugin.

Inside: no network, not even the host's loopback; no process but its own; no environment; the system, this environment's
packages, the SDK and the plugin's own folder read-only; a scratch folder in memory, bounded by the kernel. Not inside:
`/etc`, the home folder, the state folder, Andon's own sources, other plugins' sources, any tenant's anything.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import andon_sdk
from services.enclaves.box.walls import bubblewrap
from services.plugins.contracts import Installation, Limits

SCRATCH = "/scratch"
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache")
_MIB = 1024 * 1024
_SHARED_BYTES = 16 * _MIB
_USER = "1000"


def command(plugin: Installation, limits: Limits, asks: int, answers: int) -> list[str]:
    """Runs the plugin's process; it reads questions from the file descriptor `asks` and answers to `answers`. Raises
    `NoBubblewrap`."""
    walls = [
        bubblewrap(),
        *("--unshare-user", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--uid", _USER, "--gid", _USER, "--hostname", "plugin"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
        *("--size", str(limits.scratch_bytes), "--tmpfs", SCRATCH),
    ]
    for path in dict.fromkeys(_readable(plugin)):
        if os.path.lexists(path):
            walls += ["--ro-bind", path, path]
    walls += ["--proc", "/proc", "--dev", "/dev", "--size", str(_SHARED_BYTES), "--tmpfs", "/dev/shm"]  # noqa: S108
    walls += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH]
    for name, value in _ENVIRONMENT.items():
        walls += ["--setenv", name, value]
    program = (sys.executable, "-I", "-B", "-m", "andon_sdk.boundary.process")
    return [*walls, "--", *program, json.dumps(_settings(plugin, limits, asks, answers))]


_ENVIRONMENT = {
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


def _settings(plugin: Installation, limits: Limits, asks: int, answers: int) -> dict[str, object]:
    bounds = {
        "memory_bytes": limits.memory_bytes,
        "cpu_s": max(1, int(limits.seconds)),
        "file_bytes": limits.scratch_bytes,
    }
    pipes = {"asks": asks, "answers": answers}
    own = () if plugin.environment is None else (plugin.environment,)
    paths = {"paths": plugin.paths, "ahead": () if plugin.behind else own, "behind": own if plugin.behind else ()}
    return {"plugin": plugin.name, **paths, "hooks": plugin.hooks, "bounds": bounds, **pipes}


def _readable(plugin: Installation) -> Iterator[str]:
    yield from _SYSTEM
    yield from (sys.base_prefix, sys.prefix)
    yield from _sdk(andon_sdk.__path__)
    yield from plugin.reads


def _sdk(packages: Sequence[str]) -> Iterator[str]:
    """The SDK's own package, where it lies outside of the environment, as in an installation for editing."""
    for package in packages:
        if not Path(package).is_relative_to(sys.prefix):
            yield package
