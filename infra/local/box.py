"""The walls of a box: the bubblewrap command around a tenant's cluster.

Inside: its own network (loopback only), processes, /dev/shm, /tmp and host name; the system and this environment's
packages read-only; of this source tree only what clusters run (`services`, the SDK, plugins). Not inside: the state
folder, other boxes, any other process's environment, the user's home, an address of any kind.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
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
ACCOUNTS = {
    "passwd": f"box:x:{_USER}:{_USER}:box:{HOME}:/bin/false\n",
    "group": f"box:x:{_USER}:\n",
    "hosts": "127.0.0.1 localhost box\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
"""All that the box sees of /etc beside the linker's cache and the time zone."""


def command(
    folder: Path,
    limits: BoxLimits,
    plugins: Sequence[str] = (),
    left_out: Sequence[str] = (),
    environments: Mapping[str, str] | None = None,
) -> list[str]:
    """Runs `services.enclaves.box.entry` in a box over `folder` (`in/`, `work/`, `etc/`).

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
    for name in ACCOUNTS:
        walls += ["--ro-bind", str(folder / "etc" / name), f"/etc/{name}"]
    shared = int(limits.object_store_bytes * 1.25) + 64 * _MIB
    walls += ["--proc", "/proc", "--dev", "/dev", "--size", str(shared), "--tmpfs", "/dev/shm"]  # noqa: S108
    walls += ["--ro-bind", str(folder / "in"), str(ENCLAVE), "--bind", str(folder / "work"), str(HOME)]
    for name, value in {**_environment(), **_of_plugins(paths, left_out, environments)}.items():
        walls += ["--setenv", name, value]
    walls += ["--remount-ro", "/"]
    nice = ["/usr/bin/nice", "-n", str(limits.nice)] if limits.nice else []
    return [*walls, "--chdir", str(HOME), "--", *nice, sys.executable, "-m", "services.enclaves.box.entry"]


def _environment() -> dict[str, str]:
    return {
        "HOME": str(HOME),
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
