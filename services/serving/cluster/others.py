"""The scorers beside the first one: applications of Ray Serve, one each, that share the assets with it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pyarrow as pa
import ray
from ray import serve
from ray.serve.deployment import Application

log = logging.getLogger(__name__)


def application(number: int) -> str:
    return f"scorer-{number}"


def beside(number: int) -> dict[str, Any]:
    """Ray's options for a scorer, asked in the first one: nodes take turns from the first one's on, and any node takes
    it when its own is gone."""
    nodes = sorted(node["NodeID"] for node in ray.nodes() if node["Alive"])
    first = nodes.index(ray.get_runtime_context().get_node_id())
    chosen = {"ray.io/node-id": nodes[(first + number) % len(nodes)]}
    return {"num_cpus": 0, "label_selector": chosen, "fallback_strategy": [{"label_selector": {}}]}


class Others:
    """Started, asked and ended by the first scorer."""

    def __init__(self, bind: Callable[[int], Application]) -> None:
        """`bind` makes the application of a scorer."""
        self._bind = bind

    async def man(self, running: int) -> None:
        """So many run from now on, the first one counted. One that falls is started again by Serve."""
        present = await asyncio.to_thread(lambda: set(serve.status().applications))
        number = 1
        while number < running or application(number) in present:
            if number < running and application(number) not in present:
                log.info("scorer %d starts", number)
                await asyncio.to_thread(self._start, number)
            if number >= running:
                log.info("scorer %d ends", number)
                await asyncio.to_thread(serve.delete, application(number))
            number += 1

    def _start(self, number: int) -> None:
        target = serve.RunTarget(self._bind(number), name=application(number), route_prefix=f"/{application(number)}")
        serve.run_many([target], wait_for_applications_running=False)

    async def ask(self, scorers: int, contract: UUID, batch: pa.RecordBatch) -> list[pa.RecordBatch | None]:
        """What each of the others says of its own assets' rows."""
        handles = [serve.get_app_handle(application(number)) for number in range(1, scorers)]
        return list(await asyncio.gather(*(handle.ask.remote(contract, batch) for handle in handles)))
