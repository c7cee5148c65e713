"""Real MQTT brokers, each in a child process: Mosquitto, which has MQTT 5, and NATS, which has 3.1.1."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.nats import binary


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class Broker:
    """A broker that can be taken away and brought back."""

    argv: list[str]
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None)

    async def start(self) -> None:
        self._begin()
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
        raise TimeoutError(f"{self.argv[0]} does not listen")

    def _begin(self) -> None:
        self._process = subprocess.Popen(self.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def stop(self) -> None:
        """An orderly end: what is kept is written to disk."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self._process.wait, 20)
            self._process = None


def _mosquitto() -> str:
    found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError("mosquitto is not installed. Run `make mosquitto`, or apt-get install mosquitto.")
    return found


@asynccontextmanager
async def mosquitto(folder: Path, *lines: str) -> AsyncIterator[Broker]:
    """With these lines of configuration beside the usual; without any, everybody may do everything."""
    usual = [
        f"listener {(port := free_port())} 127.0.0.1",
        f"persistence_location {folder}/",
        "persistence true",
        "max_queued_messages 0",
        *(["user root"] if os.getuid() == 0 else []),
    ]
    configuration = folder / "mosquitto.conf"
    configuration.write_text("\n".join([*usual, *(lines or ("allow_anonymous true",))]) + "\n")
    async with _running(Broker([_mosquitto(), "-c", str(configuration)], port)) as broker:
        yield broker


@asynccontextmanager
async def nats(folder: Path) -> AsyncIterator[Broker]:
    port = free_port()
    configuration = folder / "nats.conf"
    configuration.write_text(
        f'server_name: one\nhost: 127.0.0.1\nport: {free_port()}\njetstream {{ store_dir: "{folder}/store" }}\n'
        f"mqtt {{ host: 127.0.0.1, port: {port} }}\n"
    )
    async with _running(Broker([binary("nats-server"), "-c", str(configuration)], port)) as broker:
        yield broker


@asynccontextmanager
async def _running(broker: Broker) -> AsyncIterator[Broker]:
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()
