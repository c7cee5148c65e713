"""The process `worker`: relays the outbox to the queue, works the queue, runs the services' consumers,
anchors the audit trails.

python -m infra.worker
"""

import asyncio
from functools import partial

from infra import process, telemetry
from infra.anchoring import anchors, run_anchoring
from infra.bootstrap import open_platform, ways
from infra.consumers import run_consumers
from infra.local.state import State
from infra.registry import HISTORIAN, gather
from infra.settings import Settings
from services.kernel.jobs import make_queue, run_queue
from services.kernel.outbox import run_relay


async def work(settings: Settings, state: State) -> None:
    """Runs until cancelled. When one of its parts fails the process ends, and its supervisor starts it again."""
    background = gather()
    relay_url = ways(settings, state).relay_url
    queue = make_queue(relay_url)
    others = {name: consumer for name, consumer in background.consumers.items() if name != HISTORIAN}
    async with open_platform(settings, state) as platform, queue.open_async(), asyncio.TaskGroup() as group:
        group.create_task(run_relay(relay_url, queue, background.subscriptions), name="relay")
        group.create_task(run_queue(queue, partial(background.dispatch, platform)), name="queue")
        group.create_task(run_consumers(platform, relay_url, others), name="consumers")
        group.create_task(run_anchoring(platform.database, relay_url, anchors(settings, state)), name="anchoring")
        group.create_task(telemetry.write_metrics(state.folder("metrics") / "worker.prom"), name="metrics")


if __name__ == "__main__":
    process.run("worker", work)
