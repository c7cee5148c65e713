"""The nodes of the training cluster. They come and go, so they are looked at before each attempt of a run."""

import socket
import time
from typing import Any, NamedTuple

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

_ANSWER_S, _LOOK_S = 1.0, 0.5
_NOTICE_S = 90.0
"""Longer than Ray takes to give a node up that fell silent."""


class Seat(NamedTuple):
    """A core of a node: room for one worker."""

    node: str
    core: int


def seats() -> list[Seat]:
    """All of the nodes that are there."""
    return [Seat(node["NodeID"], core) for node in _alive() for core in range(int(node["Resources"].get("CPU", 0)))]


def at(node: str) -> Any:
    """Placement on that node; on another if it is gone."""
    return NodeAffinitySchedulingStrategy(node, soft=True)


def here() -> Any:
    """Placement beside the driver: what is there is lost with the driver and with no other node."""
    return NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)


def notice_losses() -> None:
    """Blocks until Ray knows of the nodes that are gone, which takes it some seconds; until then it would place workers
    on them and wait."""
    deadline = time.monotonic() + _NOTICE_S
    while time.monotonic() < deadline and not all(_answers(node) for node in _alive()):
        time.sleep(_LOOK_S)


def _alive() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]


def _answers(node: dict[str, Any]) -> bool:
    try:
        socket.create_connection((node["NodeManagerAddress"], node["NodeManagerPort"]), _ANSWER_S).close()
    except OSError:
        return False
    return True
