"""The command `andon`, as somebody at the machine types it."""

import asyncio
import sys

from infra.settings import REPOSITORY


async def andon(platform, *words: str) -> tuple[int, str]:
    """(exit code, what it said)"""
    command = (sys.executable, "-m", "infra.cli", *words, "--json", "--home", str(platform.state.home))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()
