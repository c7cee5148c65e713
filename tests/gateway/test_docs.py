"""The integrator's guide is executed, in order, against a running gateway."""

import asyncio
import re
from pathlib import Path

import pytest
import uvicorn
from gateway_client import make_app, make_key

from services.readings import historian

pytestmark = pytest.mark.platform

GUIDE = (Path(__file__).parents[2] / "docs/how-to/integrator.md").read_text("utf-8")


async def test_the_integrators_guide_runs_as_it_is_written(platform, tenant, monkeypatch):
    server = uvicorn.Server(uvicorn.Config(make_app(platform.platform), port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    while not server.started:
        await asyncio.sleep(0.01)
    monkeypatch.setenv("ANDON_URL", f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    monkeypatch.setenv("ANDON_KEY", await make_key(platform.platform, tenant))
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(blocks) == 7

    def run() -> None:
        known: dict[str, object] = {}
        for number, block in enumerate(blocks):
            exec(compile(block, f"integrator.md, example {number + 1}", "exec"), known)
        known["andon"].close()  # type: ignore[attr-defined]

    try:
        await asyncio.to_thread(run)
    finally:
        server.should_exit = True
        filing.cancel()
        await asyncio.gather(serving, filing, return_exceptions=True)
