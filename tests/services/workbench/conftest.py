"""One running workbench for all tests of the folder: the real gateway on a port, the reconciler, a member, a browser's
visit."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from desk import START, Desk, seen, visited
from gateway_client import Gql, make_app, open_session

from gateway.auth import COOKIE
from infra.consumers import keep_running
from services.enclaves import api as enclaves
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant
from services.workbench import jobs


@pytest.fixture(scope="package")
async def app(platform) -> Any:
    return make_app(platform.platform, recheck_seconds=1, secret=platform.state.secret("gateway-cursors"))


@pytest.fixture(scope="package")
async def port(platform, app) -> AsyncIterator[int]:
    """Where the gateway listens: the one that boxes lead to."""
    number = platform.state.port("gateway")
    config = uvicorn.Config(app, host="127.0.0.1", port=number, log_level="warning", ws="websockets-sansio")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield number
    server.should_exit = True
    await serving


@pytest.fixture(scope="package")
async def keeping(platform, plant: Tenant) -> AsyncIterator[None]:
    keeper = asyncio.create_task(keep_running(platform.platform, plant.id, "workbench.boxes", jobs.keep_workbenches))
    yield
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)


@pytest.fixture(scope="package")
async def plant(platform) -> Tenant:
    made = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Plant")
    await enclaves.ensure_enclave(platform.platform, made.id)
    return made


async def signed_in(platform, plant: Tenant, port: int, role: Role) -> tuple[Gql, str]:
    """A new member at the listening gateway, and their session."""
    token, member = await open_session(platform.platform, plant, role)
    http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)
    http.cookies.set(COOKIE, token)
    return Gql(http, member), token


@pytest.fixture(scope="package")
async def boss(platform, plant, port) -> Gql:
    """An admin of the plant."""
    return (await signed_in(platform, plant, port, Role.ADMIN))[0]


@pytest.fixture(scope="package")
async def desk(platform, plant, port, keeping) -> AsyncIterator[Desk]:
    portal, token = await signed_in(platform, plant, port, Role.ENGINEER)
    started = await portal.ask(START)
    assert started["startWorkbench"]["state"] == "STARTING"
    found = await seen(portal, "READY", "FAILED")
    assert (found["state"], found["detail"]) == ("READY", "")
    lab, origin, url = await visited(portal, port)
    made = Desk(portal, lab, origin, url, token, port)
    await made.look()
    yield made
    await platform.platform.ground.workbenches.remove(plant.id)
