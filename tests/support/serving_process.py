"""Scorers in Ray Serve on a Ray of their own, without a box: `python serving_process.py <place.json>`.

The place says how many cores each node has. The pids of their raylets are written beside it, as `nodes.json`.
"""

import json
import logging
import signal
import sys
from pathlib import Path

from ray.serve.config import HTTPOptions
from ray_nodes import raise_nodes

from services.serving.cluster.driver import deploy
from services.serving.cluster.settings import ServingSettings

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    given = json.loads(Path(sys.argv[1]).read_text())
    raylets = raise_nodes(given["cores"], Path(given["temp"]))
    Path(sys.argv[1]).with_name("nodes.json").write_text(json.dumps(raylets))
    deploy(ServingSettings(**given["settings"]), HTTPOptions(location="NoServer"))
    signal.pause()
