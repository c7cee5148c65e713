"""The process `historian`: takes readings from the stream to each tenant's history. One committer a table.

python -m infra.historian
"""

import asyncio

from infra import process, telemetry
from infra.bootstrap import open_platform, ways
from infra.consumers import run_consumers
from infra.local.state import State
from infra.registry import HISTORIAN, gather
from infra.settings import Settings


async def keep_history(settings: Settings, state: State) -> None:
    """Runs until cancelled."""
    consumers = {HISTORIAN: gather().consumers[HISTORIAN]}
    async with open_platform(settings, state) as platform, asyncio.TaskGroup() as group:
        group.create_task(run_consumers(platform, ways(settings, state).relay_url, consumers), name="consumers")
        group.create_task(telemetry.write_metrics(state.folder("metrics") / "historian.prom"), name="metrics")


if __name__ == "__main__":
    process.run("historian", keep_history)
