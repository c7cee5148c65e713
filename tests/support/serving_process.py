"""Scorers in Ray Serve on a Ray of their own, without a box: `python serving_process.py <place.json>`.

The place says how many cores each node has. The pids of their raylets are written beside it, as `nodes.json`.
"""

import signal

from ray.serve.config import HTTPOptions
from ray_nodes import given_place

from services.serving.cluster.driver import deploy
from services.serving.cluster.settings import ServingSettings

if __name__ == "__main__":
    given = given_place()
    deploy(ServingSettings(**given["settings"]), HTTPOptions(location="NoServer"))
    signal.pause()
