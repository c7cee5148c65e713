"""A trainer on a Ray of its own, without a box: `python trainer_process.py <place.json>`.

The place says how many cores each node has. The pids of their raylets are written beside it, as `nodes.json`.
"""

import asyncio
from pathlib import Path

from ray_nodes import given_place

from services.training.cluster.driver import Place, drive
from services.training.cluster.link import StreamLogin
from services.training.cluster.objects import BucketAccess

if __name__ == "__main__":
    given = given_place()
    place = Place(
        StreamLogin(**given["login"]),
        BucketAccess(**given["bucket"]),
        ray_address="",
        storage=Path(given["temp"]) / "train",
        fleet_assets=given["fleet_assets"],
    )
    asyncio.run(drive(place))
