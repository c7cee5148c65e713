"""Real brokers, each in its child process: Mosquitto, which has MQTT 5, and the NATS server's, which has 3.1.1."""

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

import pytest


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class Broker:
    """A broker that can be taken away and brought back."""

    argv: list[str]
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    async def start(self) -> None:
        self._begin()
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
        raise TimeoutError(f"{self.argv[0]} does not listen")

    def _begin(self) -> None:
        self.process = subprocess.Popen(self.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def stop(self) -> None:
        """An orderly end: Mosquitto writes what it keeps to disk."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self.process.wait, 10)
            self.process = None


def mosquitto() -> str:
    found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found, "mosquitto is not installed: apt-get install mosquitto (`make test` does it as root)"
    return found


@asynccontextmanager
async def running(folder: Path, *lines: str) -> AsyncIterator[Broker]:
    """Mosquitto with these lines of configuration beside the usual."""
    port = free_port()
    usual = [
        f"listener {port} 127.0.0.1",
        f"persistence_location {folder}/",
        "persistence true",
        "max_queued_messages 0",
        *(["user root"] if os.getuid() == 0 else []),
    ]
    (folder / "mosquitto.conf").write_text("\n".join([*usual, *(lines or ("allow_anonymous true",))]) + "\n")
    broker = Broker([mosquitto(), "-c", str(folder / "mosquitto.conf")], port)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


@pytest.fixture(scope="module")
async def broker(tmp_path_factory) -> AsyncIterator[Broker]:
    async with running(tmp_path_factory.mktemp("mosquitto")) as one:
        yield one


@pytest.fixture
async def own_broker(tmp_path) -> AsyncIterator[Broker]:
    """For tests that stop it."""
    async with running(tmp_path) as one:
        yield one
