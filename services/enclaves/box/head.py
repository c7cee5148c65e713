"""Starts Ray's head in a box and ends, leaving it running: `python -m services.enclaves.box.head`.

`ray start --head` would start seven processes, of which a box needs three. The dashboard and its agent serve a port
that nobody reaches, the autoscaler's monitor has nothing to scale, and the log monitor prints to drivers what lies in
files anyway; together they are some 500 MB and half of the idle processor time (docs/decisions/boxes.md has figures).
Ray has no setting for each of these, so its own `Node` is used, one layer below the command. Prints the pids of what
must stay alive, as JSON.
"""

import json
import sys

from ray import _raylet
from ray._private import services as ray_services
from ray._private.node import Node
from ray._private.parameter import RayParams
from ray._private.ray_constants import DASHBOARD_ADDRESS, KV_NAMESPACE_DASHBOARD

from services.enclaves.box.config import HOME, RAY_PORT, BoxConfig

_NOBODY = b"127.0.0.1:1"
_AGENT = "--dashboard_agent_command="
_STAND_IN = "/bin/sh -c 'exec sleep infinity' agent"
"""A shell, because raylet adds arguments of its own."""
_PORT_NAMES = ("METRICS_AGENT_PORT_NAME", "METRICS_EXPORT_PORT_NAME", "DASHBOARD_AGENT_LISTEN_PORT_NAME")
_SERVES_NOTHING = -1


class Head(Node):
    """A head without an API server."""

    def start_api_server(self, *, include_dashboard: bool | None, raise_on_failure: bool) -> None:
        """Leaves an address where nobody listens: who asks for the server's state (Ray Train does, at the end of each
        run) is refused at once, while it would wait ten seconds for an address to appear."""
        del include_dashboard, raise_on_failure
        control = self.get_gcs_client()
        assert control is not None
        control.internal_kv_put(DASHBOARD_ADDRESS.encode(), _NOBODY, True, namespace=KV_NAMESPACE_DASHBOARD)


def without_agent() -> None:
    """Raylet insists on an agent, ends when it does, and waits for the ports it chose: here it gets one that sleeps."""
    start = ray_services.start_ray_process

    def start_process(command: list[str], *arguments: object, **options: object) -> object:
        for index, part in enumerate(command):
            if part.startswith(_AGENT):
                given = dict(word[2:].split("=", 1) for word in part.split() if word.startswith("--") and "=" in word)
                for name in _PORT_NAMES:
                    _raylet.persist_port(  # pyright: ignore[reportAttributeAccessIssue]  compiled, without stubs
                        given["session-dir"], given["node-id"], getattr(_raylet, name), _SERVES_NOTHING
                    )
                command[index] = _AGENT + _STAND_IN
        return start(command, *arguments, **options)  # pyright: ignore

    ray_services.start_ray_process = start_process  # pyright: ignore


def main() -> None:
    config = BoxConfig.load()
    without_agent()
    parameters = RayParams(
        node_ip_address="127.0.0.1",
        gcs_server_port=RAY_PORT,
        num_cpus=config.cpus,
        num_gpus=0,
        memory=config.memory_bytes,
        object_store_memory=config.object_store_bytes,
        temp_dir=str(HOME / "ray"),
        include_dashboard=False,
        no_monitor=True,
        include_log_monitor=False,  # pyright: ignore[reportArgumentType]  annotated as text, used as truth
    )
    node = Head(parameters, head=True, shutdown_at_exit=False, spawn_reaper=False)
    needed = {name: [info.process.pid for info in infos] for name, infos in node.all_processes.items()}
    json.dump(needed, sys.stdout)


if __name__ == "__main__":
    main()
