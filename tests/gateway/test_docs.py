"""The integrator's guide is executed, in order, against a running gateway."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from gateway_client import make_app, make_key

from services.bulk import worker
from services.kernel.reach import Reach
from services.readings import historian
from services.webhooks.jobs import CONSUMERS

pytestmark = pytest.mark.platform

GUIDE = (Path(__file__).parents[2] / "docs/how-to/integrator.md").read_text("utf-8")


async def test_the_integrators_guide_runs_as_it_is_written(platform, tenant, monkeypatch, tmp_path):
    opened = replace(platform.platform, reach=Reach.of("127.0.0.0/8"))
    server = uvicorn.Server(uvicorn.Config(make_app(opened), port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    moving = asyncio.create_task(worker.work(platform.platform, tenant.id))
    posting = asyncio.create_task(CONSUMERS["webhooks.sender"](opened, tenant.id))
    while not server.started:
        await asyncio.sleep(0.01)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANDON_URL", f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    monkeypatch.setenv("ANDON_KEY", await make_key(platform.platform, tenant))
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(blocks) == 13

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
        posting.cancel()
        moving.cancel()
        await asyncio.gather(serving, filing, posting, moving, return_exceptions=True)
