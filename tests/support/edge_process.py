"""An edge as a process that can be killed, and a gateway that can go away, for tests of what happens then."""

import asyncio
import json
import os
import signal
import socket
import sys

import uvicorn
from gateway_client import make_app

from andon_sdk.edge import status


class Edge:
    """The process, which can be killed and started again."""

    def __init__(self, file, environment) -> None:
        self.file, self._environment, self.process = file, environment, None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "andon_sdk.edge.cli", "run", str(self.file),
            env={**os.environ, **self._environment}, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return await self.process.wait()

    def said(self):
        return status.read(self.file.parent / "buffer")


class Gateway:
    """A listening gateway at one address, which can go away and come back."""

    def __init__(self, platform) -> None:
        self._platform, self._server, self._task = platform, None, None
        self._place = socket.socket()
        self._place.bind(("127.0.0.1", 0))
        self.port = self._place.getsockname()[1]

    async def start(self) -> None:
        app = make_app(self._platform.platform)
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
        self._task = asyncio.create_task(self._server.serve([self._place.dup()]))

    async def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        await self._task


async def until(edge: Edge, holds, seconds: float = 60.0) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not ((said := edge.said()) and holds(said)):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(json.dumps(edge.said(), indent=1)) from None
