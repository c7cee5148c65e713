"""Ray Serve's way to many models: `serve.multiplexed`, a model a call, on a Ray head of its own.

    python -m fleet.peers.multiplexed <folder with a pack> <digest> <models>

Reads lines `{"rows": <npy file>}` with a window of rows for each of the first models, and answers each line with
`{"seconds": …, "cpu_s": …, "raw": […]}`. Models are loaded when they are first asked and kept. Ends with its input.
"""

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from andon_sdk.plugin import Inputs
from services.blueprints.host import installed
from services.enclaves.box.entry import QUIET
from services.fleet.artefact import open_pack
from services.fleet.prepare import scaled

IN_FLIGHT = 32
CORES = len(os.sched_getaffinity(0))


def application(folder: Path, digest: str, models: int) -> Any:
    """A replica that holds up to `models` models, each a module of its own."""
    from ray import serve

    @serve.deployment(max_ongoing_requests=2 * IN_FLIGHT, ray_actor_options={"num_cpus": 0})
    class OneByOne:
        def __init__(self) -> None:
            torch.set_num_threads(1)
            self.pack = open_pack(folder, digest)
            self.blueprint = installed().blueprints[self.pack.blueprint_key].blueprint

        @serve.multiplexed(max_num_models_per_replica=models)
        async def model(self, name: str) -> tuple[Any, np.ndarray, np.ndarray]:
            index = int(name) % len(self.pack)
            module = self.blueprint.module(Inputs(len(self.pack.essential))).eval()
            module.load_state_dict({key: value[index].clone() for key, value in self.pack.main.items()})
            return module, self.pack.center[index], self.pack.scale[index]

        async def score(self, window: np.ndarray) -> float:
            """Raw score of the last row of float64 [history, signals]."""
            module, center, scale = await self.model(serve.get_multiplexed_model_id())
            present = np.isfinite(window)
            x = torch.from_numpy(scaled(window, center, scale, present))[None]
            seen = torch.from_numpy(present.astype(np.float32))[None]
            with torch.no_grad():
                return self.blueprint.score(module(x, seen), x, seen).sum().item()

    return OneByOne.bind()


async def ask(handle: Any, windows: np.ndarray) -> list[float]:
    """A call a window, each of a model of its own, `IN_FLIGHT` at once."""
    free = asyncio.Semaphore(IN_FLIGHT)

    async def one(number: int) -> float:
        async with free:
            return await handle.options(multiplexed_model_id=str(number)).score.remote(windows[number])

    return await asyncio.gather(*map(one, range(len(windows))))


def cpu_s() -> float:
    """Of this process and all it started that still run."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))


async def serve_lines(handle: Any) -> None:
    for line in sys.stdin:
        windows = np.load(json.loads(line)["rows"])
        wall, cpu = time.perf_counter(), cpu_s()
        raw = await ask(handle, windows)
        print(json.dumps({"seconds": time.perf_counter() - wall, "cpu_s": cpu_s() - cpu, "raw": raw}), flush=True)


def main() -> None:
    folder, digest, models = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as temp:
        token = Path(temp) / "token"
        token.touch(0o600)
        token.write_text(os.urandom(32).hex())
        os.environ |= {**QUIET, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token), "OMP_NUM_THREADS": "1"}
        import ray
        from ray import serve

        ray.init(
            address="local", num_cpus=CORES, include_dashboard=False, object_store_memory=80 << 20, _temp_dir=temp,
            _node_ip_address="127.0.0.1", log_to_driver=False, configure_logging=False,
        )  # fmt: skip
        logging.getLogger("ray.serve").setLevel(logging.WARNING)
        serve.start(http_options={"location": "NoServer"})
        handle = serve.run(application(folder, digest, models), route_prefix=None)
        print(json.dumps({"ready": True}), flush=True)
        asyncio.run(serve_lines(handle))
        serve.shutdown()
        ray.shutdown()


if __name__ == "__main__":
    main()
