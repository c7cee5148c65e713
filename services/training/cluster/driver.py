"""The one process that leads a tenant's training cluster: takes commands from the stream as long as its box lives.

    python -m services.training.cluster.driver

Connecting to Ray and warming the workers takes some ten seconds, so the driver stays: a run finds everything imported.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ray

from services.blueprints.host import installed
from services.enclaves.box.config import HOME, BoxConfig, State, idle, say
from services.training.cluster.board import Boards
from services.training.cluster.link import Link, StreamLogin
from services.training.cluster.nodes import seats
from services.training.cluster.objects import BucketAccess
from services.training.cluster.trainer import RayCluster, Trainer
from services.training.cluster.workers import FLEET_ASSETS, Pool

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the driver is and what it was given."""

    login: StreamLogin
    bucket: BucketAccess
    ray_address: str
    storage: Path
    """A folder that lives as long as the box: Ray Train keeps its books there."""
    fleet_assets: int = FLEET_ASSETS


async def drive(place: Place, busy: Callable[[bool], None] = lambda busy: None) -> None:
    """Leads the cluster until cancelled. `busy` is told whether there is a run; the first time when all is ready."""
    cluster = await asyncio.to_thread(raise_cluster, place)
    async with Link.open(place.login, Trainer(cluster, place.bucket), busy) as link:
        busy(False)
        blueprints = ", ".join(sorted(installed().blueprints))
        log.info("ready: %d workers, blueprints %s", len(cluster.pool.workers), blueprints)
        await link.serve()


def raise_cluster(place: Place) -> RayCluster:
    """Connects to Ray and warms the workers; blocks for some seconds."""
    if not ray.is_initialized():
        ray.init(address=place.ray_address, log_to_driver=False, configure_logging=False)
    pool, boards = Pool(), Boards()
    boards.open("")
    pool.warm(seats())
    return RayCluster(pool, boards, place.storage, place.fleet_assets)


def place_of(config: BoxConfig) -> Place:
    """What a box gives its driver."""
    return Place(
        StreamLogin(config.stream_url, config.stream_user, config.stream_password, config.inbox_prefix),
        BucketAccess(config.bucket_endpoint, config.bucket, config.access_key, config.secret_key),
        config.ray_address,
        HOME / "train",
    )


def _tell_box(busy: bool) -> None:
    if busy:
        say(State.READY, "training")
    else:
        idle()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(drive(place_of(BoxConfig.load()), _tell_box))
