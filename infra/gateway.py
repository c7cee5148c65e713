"""The process `gateway`: the HTTP server on 127.0.0.1.

python -m infra.gateway
"""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from pydantic import SecretStr

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.workbench.addresses import clashes
from infra import process
from infra.bootstrap import open_platform
from infra.local.state import State
from infra.settings import Settings, SettingUnusable

_GRACE_S = 5


def port(settings: Settings, state: State) -> int:
    """Where the gateway listens, or will: set from outside, else chosen once and kept."""
    return settings.port or state.known_port("gateway")


class _Server(uvicorn.Server):
    """Leaves signals to the frame of our processes."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def chosen(state: State) -> GatewaySettings:
    """From the environment, with the secrets of the state folder."""
    return GatewaySettings(
        secret=SecretStr(state.secret("gateway-cursors")), scrape_token=SecretStr(state.secret("gateway-scrape"))
    )


async def serve(settings: Settings, state: State) -> None:
    """Serves until cancelled."""
    wanted = chosen(state)
    async with open_platform(settings, state) as platform:
        if wanted.workbench_url and clashes(wanted.workbench_url, platform.public_url):
            raise SettingUnusable(
                f"ANDON_GATEWAY_WORKBENCH_URL ({wanted.workbench_url}) and the portal's address "
                f"({platform.public_url}) are parts of one another, so a notebook could set cookies for the portal. "
                "Give workbenches a name that is apart."
            )
        app = create_app(platform, wanted)
        gc.collect()
        gc.freeze()  # modules and schema live as long as the process: a collection need not walk through them each time
        server = _Server(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=port(settings, state),
                log_config=None,
                access_log=False,
                server_header=False,
                ws="websockets-sansio",
                ws_max_size=max(wanted.graphql_body_bytes, wanted.workbench_message_bytes),
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        serving = asyncio.create_task(server.serve())
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True  # ends open requests first, then itself
            await serving
            raise


if __name__ == "__main__":
    process.run("gateway", serve)
