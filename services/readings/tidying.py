"""Joins the small files that a commit a second leaves behind.

That takes as much work as minutes of commits did, all at once, for every table of every tenant at about the same time;
while it was done by threads of the historian, rows waited for it everywhere on the machine. So it is done in a process
of its own (`python -m services.readings.tidying`) with the lowest priority and one thread, a table of a tenant after
the other. Commits go on meanwhile: Delta lets rows be added while files are joined.
"""

import asyncio
import json
import os
import sys

import structlog

from services.kernel.child import Child, own_output
from services.readings.adapters.delta import HistoryTable

log = structlog.get_logger(__name__)

_LOWEST = 19


class Tidier:
    """Of one tenant's tables."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def tidy(self, table: HistoryTable) -> None:
        """Waits for its turn and until the files are joined. What goes wrong is logged; the next time makes it good."""
        told = {"uri": table.uri, "options": table.options, "series": table.series}
        async with self._turn, Child.of("services.readings.tidying", nice=_LOWEST) as child:
            try:
                await child.say(told)
                heard = await child.hear()
            except OSError as error:
                heard = {"problem": repr(error)}
            problem = child.ending() if heard is None else heard["problem"]
        if problem:
            log.warning("the files of a table were not joined", table=table.uri, reason=problem)


def main() -> None:
    os.environ["TOKIO_WORKER_THREADS"] = "1"
    with own_output() as say:
        told = json.loads(sys.stdin.readline())
        problem: str | None = None
        try:
            HistoryTable(told["uri"], told["options"], tuple(told["series"])).compact()
        except Exception as error:  # noqa: BLE001  said to the parent, which logs it
            problem = repr(error)
        say({"problem": problem})


if __name__ == "__main__":
    main()
