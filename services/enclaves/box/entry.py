"""The first program in a box: joins sockets, starts Ray's head, keeps the driver running, says how things are.

It ends, and with it the box, when Ray's head dies; the supervisor starts it again. A driver that dies is started
again in the same cluster, with growing pauses, and its last words are the reason.
"""

import asyncio
import json
import os
import secrets
import socket
import sys
import time
from pathlib import Path

from services.enclaves.box import config as box
from services.enclaves.box.config import BoxConfig, State, say
from services.enclaves.box.forward import listen_tcp, serve
from services.kernel.niceness import go_after_others

SCORE_FD = "ANDON_SCORE_FD"
DRIVER_LOG, HEAD_LOG = box.HOME / "driver.log", box.HOME / "head.log"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _CALM_S = 1.0, 30.0, 60.0
_WATCH_S = 1.0
_LONGEST_LOG = 5_000_000
_LAST_WORDS = 1500


class BoxEnds(Exception):
    """The box cannot go on; the message is the reason."""


async def run(config: BoxConfig) -> None:
    """Raises `BoxEnds`."""
    await _join_sockets()
    environment = ray_environment(config)
    say(State.STARTING, "starting Ray")
    pids = await _start_head(environment)
    say(State.STARTING, "starting the driver")
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_driver(config, environment))
        group.create_task(_watch(pids))


async def _join_sockets() -> None:
    await serve(listen_tcp(box.STREAM_PORT), str(box.ENCLAVE / "stream.sock"))
    await serve(listen_tcp(box.OBJECTS_PORT), str(box.ENCLAVE / "objects.sock"))
    score = socket.socket(fileno=int(os.environ.pop(SCORE_FD)))
    os.set_inheritable(score.fileno(), False)
    score.setblocking(False)
    await serve(score, f"127.0.0.1:{box.SCORE_PORT}")


def ray_environment(config: BoxConfig) -> dict[str, str]:
    """The environment of the cluster: a token of this life of the box, and what keeps Ray quiet when idle."""
    token = box.HOME / "ray.token"
    token.write_text(secrets.token_hex(32))
    token.chmod(0o600)
    threads = "1" if config.kind == "serving" else str(min(config.cpus, 2))
    return {
        **os.environ,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_ADDRESS": config.ray_address,
        "OMP_NUM_THREADS": threads,
        "MALLOC_ARENA_MAX": "2",
        "RAY_worker_niceness": "0",  # Ray's own 15 would let whatever else runs here go before the scorer
        **QUIET,
    }


QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_enable_metrics_collection": "0",
    "RAY_metrics_report_interval_ms": "60000",
    "RAY_task_events_report_interval_ms": "0",
    "RAY_enable_timeline": "0",
    "RAY_event_stats": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_raylet_report_resources_period_milliseconds": "1000",
    "RAY_num_server_call_thread": "1",
    "RAY_gcs_server_rpc_server_thread_num": "1",
    "RAY_gcs_server_rpc_client_thread_num": "1",
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "1",
    "RAY_TRAIN_V2_ENABLED": "1",
}
"""What a cluster of one node in a box can do without. Measured in docs/decisions/boxes.md."""


async def _start_head(environment: dict[str, str]) -> list[int]:
    """Pids of gcs_server and raylet. Raises `BoxEnds`."""
    with HEAD_LOG.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.enclaves.box.head"),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdout is not None
        said = await process.stdout.readline()
        code = await process.wait()
    if code:
        raise BoxEnds(f"Ray's head did not start: {last_words(HEAD_LOG)}")
    return [pid for pids in json.loads(said).values() for pid in pids]


async def _keep_driver(config: BoxConfig, environment: dict[str, str]) -> None:
    pause = _FIRST_PAUSE_S
    while True:
        began = time.monotonic()
        with DRIVER_LOG.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", config.driver), env=environment, stdout=log, stderr=log
            )
            code = await process.wait()
        if time.monotonic() - began > _CALM_S:
            pause = _FIRST_PAUSE_S
        say(State.FAILED, f"The driver ended with {code}; again in {pause:.0f} s. Its last words: {last_words()}")
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
        if DRIVER_LOG.stat().st_size > _LONGEST_LOG:
            DRIVER_LOG.replace(DRIVER_LOG.with_suffix(".log.1"))


async def _watch(pids: list[int]) -> None:
    while True:
        if gone := [pid for pid in pids if not os.path.exists(f"/proc/{pid}")]:  # noqa: ASYNC240  never blocks
            raise BoxEnds(f"A process of Ray's head died (pid {gone[0]}).")
        await asyncio.sleep(_WATCH_S)


def last_words(log: Path = DRIVER_LOG) -> str:
    """The end of a log, in one line."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LAST_WORDS))
        text = file.read().decode(errors="replace")
    return " | ".join(line.strip() for line in text.splitlines() if line.strip()) or "none"


def main() -> None:
    os.umask(0o077)
    go_after_others(0)  # its session too, as far as it was told when it was started
    try:
        asyncio.run(run(BoxConfig.load()))
    except* BoxEnds as group:
        reason = str(group.exceptions[0])
        say(State.FAILED, reason)
        print(reason, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
