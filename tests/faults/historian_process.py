"""A historian of one tenant in a process of its own, which kills itself after a number of commits.

    python tests/faults/historian_process.py TENANT COMMITS WHERE

WHERE is `written` (after the commit, before anything else learns of it) or `writing` (before the commit's file is put).
"""

import asyncio
import os
import signal
import sys
from uuid import UUID

from infra.bootstrap import open_platform
from infra.local.state import State
from infra.settings import Settings
from services.kernel.ids import TenantId
from services.readings import historian
from services.readings.adapters.delta import HistoryTable


def kill_after(commits: int, where: str) -> None:
    append = HistoryTable.append
    done = 0

    def dying(*arguments) -> None:
        nonlocal done
        done += 1
        if done == commits and where == "writing":
            os.kill(os.getpid(), signal.SIGKILL)
        append(*arguments)
        if done == commits:
            os.kill(os.getpid(), signal.SIGKILL)

    HistoryTable.append = dying


async def main(tenant: str) -> None:
    settings = Settings()
    async with open_platform(settings, State(settings.home)) as platform:
        await historian.consume(platform, TenantId(UUID(tenant)))


if __name__ == "__main__":
    kill_after(int(sys.argv[2]), sys.argv[3])
    asyncio.run(main(sys.argv[1]))
