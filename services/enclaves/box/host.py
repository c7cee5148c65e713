"""The host's end of a box: `python -S -m services.enclaves.box.host <folder>`.

The folder holds `host.json` (`{"command": [...], "forward": {name: target}, "bounds": {...}}`, no secret; with `home`
where the box has a folder that outlives it), `in/` (seen inside as /run/enclave, read-only) and `work/` (/run/box).
Sockets to the outside are made in `in/`. The listener for score requests, or for a workbench's visitors, is handed down
open: its path lies outside of what the box can touch, so a box cannot put another's socket in its place. While this
runs it holds a lock on `alive`, by which others tell. It ends when the box ends, and it ends a box that takes more of
the machine than it may: `reason`, which the box cannot reach either, says what that was, and `memory` how many bytes
the box held when it was last looked at.
"""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from services.enclaves.box.bounds import Bounds, Exceeded, check, disk_bytes
from services.enclaves.box.forward import listen_unix, serve

SCORE_FD = "ANDON_SCORE_FD"
REASON, MEMORY = "reason", "memory"
_LOOK_S = 5.0
_FIRST_TO_DIE = "500"


async def run(folder: Path) -> int:
    """Returns the box's exit code."""
    plan = json.loads((folder / "host.json").read_text())
    bounds = Bounds(**plan["bounds"])
    _tidy(folder, bounds)
    for name, target in plan["forward"].items():
        await serve(_fresh(folder / "in" / name), target)
    score = _fresh(folder / "score.sock")
    command = [part.replace(f"${SCORE_FD}", str(score.fileno())) for part in plan["command"]]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, pass_fds=[score.fileno()]
    )
    score.close()  # the box's alone now: once it is gone, callers are refused at once
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, process)
    written = [folder / "work", *(Path(home) for home in [plan.get("home")] if home)]
    watching = asyncio.create_task(_watch(process, folder, written, bounds))
    try:
        return await process.wait()
    finally:
        watching.cancel()


def _tidy(folder: Path, bounds: Bounds) -> None:
    """What the life before left, as far as the next one does not go on with it: all, if that was too much."""
    work = folder / "work"
    (folder / REASON).unlink(missing_ok=True)
    (work / "status.json").unlink(missing_ok=True)
    shutil.rmtree(work / "ray", ignore_errors=True)
    try:
        full = disk_bytes(work, bounds.disk_bytes) > bounds.disk_bytes
    except Exceeded:
        full = True
    if full:
        shutil.rmtree(work)
        work.mkdir(mode=0o700)


async def _watch(process: asyncio.subprocess.Process, folder: Path, written: list[Path], bounds: Bounds) -> None:
    while True:
        await asyncio.sleep(_LOOK_S)
        try:
            memory = await asyncio.to_thread(check, process.pid, written, bounds)
            (folder / MEMORY).write_text(str(memory))
        except Exceeded as error:
            (folder / REASON).write_text(str(error))
            print(error, file=sys.stderr, flush=True)
            _end(process)
            return


def _fresh(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    return listen_unix(str(path))


def _end(process: asyncio.subprocess.Process) -> None:
    """Killing bubblewrap's parent half takes the whole process namespace with it, at once and without exception."""
    with suppress(ProcessLookupError):
        process.kill()


def main() -> None:
    folder = Path(sys.argv[1])
    os.umask(0o077)
    with (folder / "alive").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_DIE)  # where memory ends all at once, not the database
        code = asyncio.run(run(folder))
    sys.exit(128 - code if code < 0 else code)


if __name__ == "__main__":
    main()
