"""One running workbench for all tests of the folder: the real gateway on a port, the reconciler, a member, a browser's
visit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from gateway_client import Gql, make_app, open_session

from gateway.auth import COOKIE
from services.enclaves import api as enclaves
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant
from services.workbench import jobs

START = "mutation { startWorkbench(input: {}) { __typename ... on Workbench { id state } ... on Error { code message } } }"
MINE = "{ workbench { id state detail memoryBytes } }"
OPEN = "mutation { openWorkbench(input: {}) { __typename ... on WorkbenchEntrance { url } ... on Error { code message } } }"


@dataclass
class Desk:
    """A member with a workbench, as their browser sees it."""

    portal: Gql
    lab: httpx.AsyncClient
    """With the visit's cookie."""
    origin: str
    url: str
    """That the visit began at; used up."""
    token: str
    """Of the portal's session."""


@pytest.fixture(scope="package")
async def app(platform) -> Any:
    return make_app(platform.platform)


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


async def seen(portal: Gql, *states: str) -> dict[str, Any]:
    while (found := (await portal.ask(MINE))["workbench"])["state"] not in states:
        await asyncio.sleep(0.1)
    return found


@pytest.fixture(scope="package")
async def keeping(platform, plant: Tenant) -> AsyncIterator[None]:
    keeper = asyncio.create_task(jobs.keep_workbenches(platform.platform, plant.id))
    yield
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)


def browser(port: int, origin: str) -> httpx.AsyncClient:
    """Goes to the workbench's name, wherever that leads."""
    host = origin.removeprefix("http://")
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Host": host}, timeout=30)


@pytest.fixture(scope="package")
async def plant(platform) -> Tenant:
    made = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Plant")
    await enclaves.ensure_enclave(platform.platform, made.id)
    return made


@pytest.fixture(scope="package")
async def desk(platform, app, plant, port, keeping) -> AsyncIterator[Desk]:
    token, member = await open_session(platform.platform, plant, Role.ENGINEER)
    http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)
    http.cookies.set(COOKIE, token)
    portal = Gql(http, member)
    started = await portal.ask(START)
    assert started["startWorkbench"]["state"] == "STARTING"
    found = await seen(portal, "READY", "FAILED")
    assert (found["state"], found["detail"]) == ("READY", "")
    url = (await portal.ask(OPEN))["openWorkbench"]["url"]
    origin, _, rest = url.partition("/.andon")
    async with browser(port, origin) as lab:
        entered = await lab.get(f"/.andon{rest}")
        assert (entered.status_code, entered.headers["location"]) == (303, "/lab")
        lab.headers["Cookie"] = entered.headers["set-cookie"].partition(";")[0]
        yield Desk(portal, lab, origin, url, token)
    await platform.platform.ground.workbenches.remove(plant.id)
    await http.aclose()
