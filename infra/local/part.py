"""One process under the supervisor: what to run, and how to know that it is ready."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")


async def _at_once() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """A named process. `prepare` runs before each start, `ready` after it until it returns or its time is up."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment but PATH, HOME and the locale: a part never sees another's secrets."""
    cwd: Path | None = None
    layer: int = 1
    """0 servers, 1 processes, 2 boxes: the higher layer stops first, the parts of one layer together."""
    restart: bool = True
    unprivileged: bool = False
    """Run as `nobody` in a user namespace when the supervisor is root."""
    stop_signal: int = 15
    stop_seconds: float = 10.0
    """How long it may take to stop before it is killed."""
    ready: Callable[[], Awaitable[None]] = _at_once
    """Returns when the part answers; raises while it does not."""
    ready_seconds: float = 30.0
    prepare: Callable[[], Awaitable[None]] = _at_once
    """Files and folders the process needs, made before each start."""


def base_environment() -> dict[str, str]:
    """What every child gets: no variable that could carry a secret."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def launched(argv: tuple[str, ...], *, unprivileged: bool = False) -> list[str]:
    """`argv` behind the launcher, bound to the life of this process."""
    mode = "unprivileged" if unprivileged and os.geteuid() == 0 else "plain"
    return [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), mode, *argv]


async def run_once(argv: tuple[str, ...], *, unprivileged: bool = False, cwd: Path | None = None) -> str:
    """Runs a program to its end and returns what it said. Raises `RuntimeError` with its output when it fails."""
    process = await asyncio.create_subprocess_exec(
        *launched(argv, unprivileged=unprivileged),
        env=base_environment(),
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}: {output.decode(errors='replace').strip()}")
    return output.decode(errors="replace")
