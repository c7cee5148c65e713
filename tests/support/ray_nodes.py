"""A cluster of Ray on this machine without a box: as many nodes as wanted, each with an address of its own.

They are started as a box starts its head, and end with the process that started them.
"""

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import ray
from ray._private.node import Node
from ray._private.parameter import RayParams

from services.enclaves.box.head import Head, without_agent

STORE_BYTES = 80 << 20


def given_place() -> dict[str, Any]:
    """What the file says that this program was given; its nodes are up then, and their raylets' pids are beside it."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    place = json.loads(Path(sys.argv[1]).read_text())
    raylets = raise_nodes(place["cores"], Path(place["temp"]))
    Path(sys.argv[1]).with_name("nodes.json").write_text(json.dumps(raylets))
    return place


def raise_nodes(cores: list[int], temp: Path) -> list[int]:
    """A node for each number of cores, the first one the head, and this process as their driver. Raylets' pids."""
    without_agent()
    nodes: list[Node] = []
    for number, own in enumerate(cores):
        parameters = RayParams(
            node_ip_address=f"127.0.0.{2 + number}",  # 127.0.0.1 is taken by Ray for the host's own address
            gcs_address=nodes[0].gcs_address if nodes else None,
            num_cpus=own,
            num_gpus=0,
            object_store_memory=STORE_BYTES,
            min_worker_port=0,  # the kernel chooses when a worker binds; Ray would begin at one that others may have
            max_worker_port=0,
            temp_dir=str(temp),
            include_dashboard=False,
            no_monitor=True,
            include_log_monitor=False,  # pyright: ignore[reportArgumentType]  annotated as text, used as truth
        )
        kind = Node if nodes else Head
        nodes.append(kind(parameters, head=not nodes, shutdown_at_exit=True, spawn_reaper=True))
    ray.init(address=nodes[0].gcs_address, log_to_driver=False, configure_logging=False)
    while sum(node["Alive"] for node in ray.nodes()) < len(nodes):  # who places things must know of all
        time.sleep(0.05)
    return [node.all_processes["raylet"][0].process.pid for node in nodes]
