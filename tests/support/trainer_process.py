"""A trainer on a Ray of its own, without a box: `python trainer_process.py <place.json>`.

The place says how many cores each node has. The pids of their raylets are written beside it, as `nodes.json`.
"""

import asyncio
import json
import logging
import sys
from pathlib import Path

from ray_nodes import raise_nodes

from services.training.cluster.driver import Place, drive
from services.training.cluster.link import StreamLogin
from services.training.cluster.objects import BucketAccess

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    given = json.loads(Path(sys.argv[1]).read_text())
    raylets = raise_nodes(given["cores"], Path(given["temp"]))
    Path(sys.argv[1]).with_name("nodes.json").write_text(json.dumps(raylets))
    place = Place(
        StreamLogin(**given["login"]),
        BucketAccess(**given["bucket"]),
        ray_address="",
        storage=Path(given["temp"]) / "train",
        fleet_assets=given["fleet_assets"],
    )
    asyncio.run(drive(place))
