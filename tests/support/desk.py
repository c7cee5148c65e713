"""A member at a running workbench, as their browser sees it."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
from gateway_client import Gql
from websockets.asyncio.client import connect

from services.kernel.ids import new_id

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


async def seen(portal: Gql, *states: str) -> dict[str, Any]:
    """One's own workbench, once it is in one of the states."""
    while (found := (await portal.ask(MINE))["workbench"])["state"] not in states:
        await asyncio.sleep(0.3)
    return found


async def visited(portal: Gql, port: int) -> tuple[httpx.AsyncClient, str, str]:
    """(a browser with the cookie of a visit, the workbench's origin, the address that is used up now)."""
    url = (await portal.ask(OPEN))["openWorkbench"]["url"]
    origin, _, rest = url.partition("/.andon")
    host = origin.removeprefix("http://")  # goes to the workbench's name, wherever that leads
    lab = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"Host": host}, timeout=60)
    entered = await lab.get(f"/.andon{rest}")
    assert (entered.status_code, entered.headers["location"]) == (303, "/lab")
    lab.cookies.clear()
    lab.headers["Cookie"] = entered.headers["set-cookie"].partition(";")[0]
    return lab, origin, url
