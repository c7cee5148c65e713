"""A driver that connects to the cluster, tries doors from a worker, and answers on the score port."""

import http.server
import json
import os
import socket
import sys
from pathlib import Path

import ray

import services
from services.enclaves.box.config import BoxConfig, State, say

config = BoxConfig.load()
ray.init(address=config.ray_address, namespace="andon", log_to_driver=False, logging_level="ERROR")


@ray.remote(num_cpus=0.1)
def reach(addresses: dict[str, tuple[str, int]]) -> dict[str, str]:
    found = {}
    for name, address in addresses.items():
        try:
            socket.create_connection(address, 2).close()
            found[name] = "open"
        except OSError as error:
            found[name] = type(error).__name__
    return found


def see(hidden: str) -> dict[str, object]:
    """What a worker's process finds around it."""
    sources = [str(Path(path)) for path in services.__path__]
    repository = Path(sources[0]).parent
    writable = []
    for folder in ("/", "/usr", "/etc", sys.prefix, sources[0], "/run/enclave", "/sys/fs/cgroup"):
        try:
            (Path(folder) / "written").touch()
            writable.append(folder)
        except OSError:
            continue
    return {
        "root": os.listdir("/"),
        "bound": [sys.base_prefix, sys.prefix, str(repository)],
        "repository": sorted(os.listdir(repository)),
        "etc": os.listdir("/etc"),
        "state_folder": Path(hidden).exists(),
        "environment": list(os.environ),
        "processes": [int(name) for name in os.listdir("/proc") if name.isdigit()],
        "writable": writable,
    }


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/reach":
            body = json.dumps(ray.get(reach.remote(json.loads(body)))).encode()
        elif self.path == "/see":
            body = json.dumps(ray.get(ray.remote(see).remote(body.decode()))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", config.score_port), Answer) as server:  # listens from here on
    say(State.READY, "probing")
    server.serve_forever()
