"""The frame of every Python process of the platform: settings, telemetry, an end on SIGTERM."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable

import structlog

from infra import telemetry
from infra.local.state import State
from infra.settings import Settings

Body = Callable[[Settings, State], Awaitable[None]]

log = structlog.get_logger(__name__)


def run(name: str, body: Body) -> None:
    """Runs `body` until it ends or a signal asks for the end, and leaves the process with 0 or 1."""
    settings = Settings()
    telemetry.set_up(name, settings.log_level)
    gc.freeze()
    try:
        asyncio.run(_until_told(body(settings, State(settings.home))))
    except Exception:
        log.exception("process failed")
        sys.exit(1)
    finally:
        telemetry.shut_down()


async def _until_told(body: Awaitable[None]) -> None:
    task = asyncio.ensure_future(body)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        log.info("stopped")
