import asyncio

import pytest
import uvicorn
from gateway_client import KNOWN, Gql, make_app, signed_in

from services.kernel.rights import Role


@pytest.fixture(scope="session")
def app(platform):
    return make_app(platform.platform)


@pytest.fixture(scope="module")
def listening(platform):
    """A gateway that looks at live credentials all the time."""
    app = make_app(platform.platform, recheck_seconds=0.3)
    app.state.gateway.documents.add(KNOWN)
    return app


@pytest.fixture(scope="module")
async def address(listening):
    """Where `listening` listens."""
    server = uvicorn.Server(
        uvicorn.Config(listening, port=0, ws="websockets-sansio", log_level="warning", lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture(scope="module")
async def admin(app, tenant) -> Gql:
    return await signed_in(app, tenant)


@pytest.fixture(scope="module")
async def stranger(app, other_tenant) -> Gql:
    return await signed_in(app, other_tenant)


@pytest.fixture(scope="module")
async def members(app, tenant) -> dict[Role, Gql]:
    found = await asyncio.gather(*(signed_in(app, tenant, role) for role in Role))
    return dict(zip(Role, found, strict=True))
