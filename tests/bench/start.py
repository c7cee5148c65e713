"""Seconds from `andon up` to the first page of an installation that was there before.

    python tests/bench/start.py

The limit it is held against is the bare parts: the same three servers started side by side on the same folder, and the
gateway's modules imported in a process of its own, which nothing that starts here can avoid.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from harness import alternate, write
from installation import start

from infra.local import nats, postgres, s3
from infra.local.state import State
from infra.local.supervisor import Supervisor
from infra.settings import REPOSITORY


async def whole(home: Path) -> float:
    """Until the portal's first page is there."""
    began = time.perf_counter()
    up = await asyncio.to_thread(start, home, "--no-demo")
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.get(f"{up.url}/")).raise_for_status()
        return time.perf_counter() - began
    finally:
        await asyncio.to_thread(up.end)


async def bare(home: Path) -> float:
    state = State(home)
    supervisor = Supervisor(state)
    began = time.perf_counter()
    try:
        importing = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "import infra.gateway", cwd=REPOSITORY, stdin=subprocess.DEVNULL
        )
        await asyncio.gather(importing.wait(), *(supervisor.start(part.part(state)) for part in (postgres, nats, s3)))
        return time.perf_counter() - began
    finally:
        await supervisor.stop_all()


async def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="andon-bench-"))
    try:
        row = await alternate("start_warm_s", "s", lambda: whole(home), "bare servers and imports", lambda: bare(home))
        print(write("start", [row]))
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    asyncio.run(main())
