"""One running workbench for all tests of the folder: the real gateway on a port, the reconciler, a member, a browser's
visit."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from gateway_client import Gql, make_app, open_session
from websockets.asyncio.client import connect

from gateway.auth import COOKIE
from services.enclaves import api as enclaves
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant
from services.workbench import jobs

START = (
    "mutation { startWorkbench(input: {}) { __typename ... on Workbench { id state } ... on Error { code message } } }"
)
MINE = "{ workbench { id state detail memoryBytes } }"
OPEN = (
    "mutation { openWorkbench(input: {}) "
    "{ __typename ... on WorkbenchEntrance { url } ... on Error { code message } } }"
)


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
    port: int
    kernel: str = ""

    @property
    def xsrf(self) -> dict[str, str]:
        """What JupyterLab's page sends with what it changes."""
        cookie = self.lab.headers["Cookie"].partition("_xsrf=")[2]
        return {"Origin": self.origin, "X-XSRFToken": cookie}

    async def look(self) -> None:
        """Gets the XSRF cookie, as the page does."""
        page = await self.lab.get("/lab")
        given = next(line for line in page.headers.get_list("set-cookie") if line.startswith("_xsrf="))
        self.lab.headers["Cookie"] += f"; {given.partition(';')[0]}"

    def socket(self, path: str, **headers: str) -> Any:
        """A websocket as the page opens it."""
        host = self.origin.removeprefix("http://")
        sent = {"Origin": self.origin, "Cookie": self.lab.headers["Cookie"], **headers}
        uri = f"ws://{host}{path}"
        return connect(uri, host="127.0.0.1", port=self.port, additional_headers=sent, max_size=None, proxy=None)

    async def run(self, code: str) -> str:
        """What a cell writes; its traceback if it fails."""
        if not self.kernel:
            made = await self.lab.post("/api/kernels", json={"name": "python3"}, headers=self.xsrf)
            assert made.status_code == 201, made.text
            self.kernel = made.json()["id"]
        header = {
            "msg_id": new_id().hex,
            "session": "s",
            "username": "",
            "msg_type": "execute_request",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        written: list[str] = []
        async with self.socket(f"/api/kernels/{self.kernel}/channels") as channels:
            await channels.send(json.dumps(message))
            while True:
                told = json.loads(await channels.recv())
                if told["parent_header"].get("msg_id") != header["msg_id"]:
                    continue
                if told["msg_type"] == "stream":
                    written.append(told["content"]["text"])
                elif told["msg_type"] == "error":
                    written.append("\n".join(told["content"]["traceback"]))
                elif told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
                    return "".join(written)


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
        made = Desk(portal, lab, origin, url, token, port)
        await made.look()
        yield made
    await platform.platform.ground.workbenches.remove(plant.id)
    await http.aclose()
