"""The walls of a box: the bubblewrap command around a tenant's cluster, or around a member's workbench.

Inside: its own network (loopback only), processes, /dev/shm, /tmp and host name; the system and this environment's
packages read-only; of this source tree only what clusters run (`services`, the SDK, plugins). Not inside: the state
folder, other boxes, any other process's environment, the user's home, an address of any kind.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

import services
from services.enclaves.box.config import ENCLAVE, ENVIRONMENTS, HOME, LEFT_OUT, PATHS
from services.enclaves.box.host import SCORE_FD
from services.enclaves.box.walls import bubblewrap
from services.enclaves.model import BoxLimits

_MIB = 1024 * 1024
_TMP_BYTES = 512 * _MIB
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin")
_SETTINGS = ("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types")
_MACHINE = ("/sys/devices/system/cpu", "/sys/fs/cgroup")
_OWN_DISTRIBUTION = "andon"
_USER = 1000
CLUSTER, WORKBENCH = "services.enclaves.box.entry", "services.workbench.box.entry"
"""Modules that are the first program in a box."""


def accounts(home: Path = HOME, shell: str = "/bin/false", names: str = "localhost box") -> dict[str, str]:
    """All that the box sees of /etc beside the linker's cache and the time zone, by file."""
    return {
        "passwd": f"box:x:{_USER}:{_USER}:box:{home}:{shell}\n",
        "group": f"box:x:{_USER}:\n",
        "hosts": f"127.0.0.1 {names}\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that outlives the box, and where it is seen inside."""

    outside: Path
    inside: Path


def command(
    folder: Path,
    limits: BoxLimits,
    plugins: Sequence[str] = (),
    left_out: Sequence[str] = (),
    environments: Mapping[str, str] | None = None,
    *,
    entry: str = CLUSTER,
    home: Home | None = None,
) -> list[str]:
    """Runs the module `entry` in a box over `folder` (`in/`, `work/`, `etc/`).

    `plugins` are folders of packages that the tenant enabled; they come last on the path, so that they can stand in
    for nothing, and after them what they need beside Andon's own: `environments`, by plugin. Only processes that train
    a plugin's models have its environment first. `left_out` are names of installed plugins that the tenant does not
    use.
    """
    environments = environments or {}
    paths = [*plugins, *dict.fromkeys(environments.values())]
    walls = [
        bubblewrap(),
        *("--unshare-user", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--uid", str(_USER), "--gid", str(_USER), "--hostname", "box"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
        *("--size", str(_TMP_BYTES), "--tmpfs", "/tmp"),  # noqa: S108  first: what is bound later may lie below it
    ]
    for path in (*_readable(), *paths):
        walls += ["--ro-bind", path, path]
    for name in accounts():
        walls += ["--ro-bind", str(folder / "etc" / name), f"/etc/{name}"]
    shared = int(limits.object_store_bytes * 1.25) + 64 * _MIB
    walls += ["--proc", "/proc", "--dev", "/dev", "--size", str(shared), "--tmpfs", "/dev/shm"]  # noqa: S108
    walls += ["--ro-bind", str(folder / "in"), str(ENCLAVE), "--bind", str(folder / "work"), str(HOME)]
    if home is not None:
        walls += ["--bind", str(home.outside), str(home.inside)]
    environment = _environment(HOME if home is None else home.inside)
    for name, value in {**environment, **_of_plugins(paths, left_out, environments)}.items():
        walls += ["--setenv", name, value]
    walls += ["--remount-ro", "/"]
    nice = ["/usr/bin/nice", "-n", str(limits.nice)] if limits.nice else []
    return [*walls, "--chdir", environment["HOME"], "--", *nice, sys.executable, "-m", entry]


def _environment(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        SCORE_FD: f"${SCORE_FD}",
    }


def _of_plugins(paths: Sequence[str], left_out: Sequence[str], environments: Mapping[str, str]) -> dict[str, str]:
    return {
        PATHS: os.pathsep.join(paths),
        LEFT_OUT: ",".join(left_out),
        ENVIRONMENTS: json.dumps(dict(environments)),
    }


def _readable() -> Iterator[str]:
    """Folders and files a cluster reads, each at its own path."""
    wanted = [*_SYSTEM, *_SETTINGS, *_MACHINE, sys.base_prefix, sys.prefix, *_sources()]
    for path in dict.fromkeys(wanted):
        if os.path.lexists(path):
            yield path


def _sources() -> Iterator[str]:
    """Source folders of what is installed for editing. Of our own distribution only `services`: gateway and infra
    know the database."""
    yield from services.__path__
    for distribution in metadata.distributions():
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
        if origin.get("dir_info", {}).get("editable") and distribution.name != _OWN_DISTRIBUTION:
            yield unquote(urlsplit(origin["url"]).path)
