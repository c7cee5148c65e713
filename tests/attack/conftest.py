import asyncio

import pytest
import uvicorn
from gateway_client import http_client, make_app, make_key

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset


@pytest.fixture(scope="session")
def app(platform):
    return make_app(platform.platform)


@pytest.fixture(scope="module")
async def key(platform, tenant) -> str:
    return await make_key(platform.platform, tenant)


@pytest.fixture
async def client(app, key):
    async with http_client(app, Authorization=f"Bearer {key}") as opened:
        yield opened


@pytest.fixture(scope="module")
async def port(app) -> int:
    """Of a real server, for what depends on how HTTP is read."""
    config = uvicorn.Config(app, port=0, ws="websockets-sansio", log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@pytest.fixture(scope="module")
async def pump(platform, tenant, principal) -> str:
    """Key of the one asset of the contract `pumps`."""
    async with platform.unit(tenant) as uow:
        contract = Contract("pumps", "Pumps", (Signal("pressure", "P", "bar", 0.0, 10.0),), 1.0)
        await assets.put_contract(uow, principal, contract)
        await assets.create_assets(uow, principal, [NewAsset("p0", "Pump", "Ulsan", "Line 1", "pumps")])
        await uow.commit()
    return "p0"
