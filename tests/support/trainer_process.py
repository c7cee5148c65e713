"""A trainer on a Ray of its own, without a box: `python trainer_process.py <place.json>`."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

import ray

from services.training.cluster.driver import Place, drive
from services.training.cluster.link import StreamLogin
from services.training.cluster.objects import BucketAccess

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    given = json.loads(Path(sys.argv[1]).read_text())
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_TRAIN_V2_ENABLED"] = "1"
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=80 * 1024 * 1024,
        _temp_dir=given["temp"],
        log_to_driver=False,
        configure_logging=False,
    )
    place = Place(
        StreamLogin(**given["login"]),
        BucketAccess(**given["bucket"]),
        ray_address="",
        workers=2,
        storage=Path(given["temp"]) / "train",
        fleet_assets=given["fleet_assets"],
    )
    asyncio.run(drive(place))
