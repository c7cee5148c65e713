"""The built portal, served by a real gateway over the session's platform, in Debian's Chromium."""

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from gateway_client import make_app, open_session, signed_in
from playwright.async_api import Browser, Page, async_playwright

from gateway.auth import COOKIE
from gateway.settings import STATIC
from infra.settings import REPOSITORY
from services.kernel.rights import Role

PORTAL = REPOSITORY / "gateway" / "portal"
AXE = PORTAL / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = os.environ.get("ANDON_CHROMIUM", "/usr/bin/chromium")
SHOTS = REPOSITORY / ".artifacts" / "browser"

PLANT = """mutation ($contract: PutContractInput!, $assets: CreateAssetsInput!) {
  putContract(input: $contract) { __typename ... on Error { message } }
  createAssets(input: $assets) { __typename ... on Error { message } }
}"""


@dataclass
class Screen:
    """A page of the portal that remembers what went wrong in it."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str, heading: str) -> None:
        """Goes to the address and waits for the screen's heading."""
        await self.page.goto(self.url + path)
        await self.page.get_by_role("heading", name=heading, level=1).wait_for()

    async def axe(self) -> list[str]:
        """Violations of WCAG 2.1 A and AA, one line each."""
        await self.page.evaluate(AXE.read_text())
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        found = await self.page.evaluate("rules => axe.run(document, rules)", rules)
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]

    async def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"{name}.png")


@pytest.fixture(scope="session")
def built() -> Path:
    """The portal as `npm run build` leaves it; built once when it is not there."""
    if not (STATIC / "index.html").exists() or not AXE.exists():
        subprocess.run(["npm", "ci"], cwd=PORTAL, check=True, capture_output=True)
        subprocess.run(["npm", "run", "build"], cwd=PORTAL, check=True, capture_output=True)
    return STATIC


@pytest.fixture(scope="session")
async def app(platform, built):
    return make_app(platform.platform, portal=built)


@pytest.fixture(scope="session")
async def address(app) -> AsyncIterator[str]:
    """Where the gateway listens for the browser."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    serving = asyncio.create_task(server.serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
    listener.close()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def plant(app, tenant) -> None:
    """A contract and two assets of it, so that the screens have something to show."""
    signal = {"key": "temperature", "title": "Lens temperature", "unit": "°C", "low": 0, "high": 150}
    assets = [
        {"key": f"drill-{n}", "title": f"Drill {n}", "site": "Suwon", "line": "Line 1", "contract": "drill"}
        for n in (1, 2)
    ]
    answer = await (await signed_in(app, tenant)).ask(
        PLANT,
        contract={"key": "drill", "title": "Drill", "signals": [signal], "periodS": 60.0},
        assets={"assets": assets},
    )
    assert {member["__typename"] for member in answer.values()} == {"Contract", "CreatedAssets"}, json.dumps(answer)


@pytest.fixture
def colours() -> str:
    return "light"


@pytest.fixture
def role() -> Role:
    return Role.ADMIN


@pytest.fixture
async def screen(app, tenant, address, chromium, colours, role) -> AsyncIterator[Screen]:
    """Signed in as a new member; a script error, a breach of the content policy or a foreign request fails the test."""
    context = await chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme=colours, locale="en-GB")
    token, _ = await open_session(app.state.gateway.platform, tenant, role)
    await context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
    page = await context.new_page()
    screen = Screen(page, address)
    _listen(screen)
    yield screen
    await context.close()
    assert screen.complaints == []


def _listen(screen: Screen) -> None:
    def request(sent: Any) -> None:
        if not sent.url.startswith((screen.url, "data:", "blob:")):
            screen.complaints.append(f"foreign request: {sent.url}")

    def console(message: Any) -> None:
        if message.type == "error":
            screen.complaints.append(message.text)

    screen.page.on("request", request)
    screen.page.on("console", console)
    screen.page.on("pageerror", lambda error: screen.complaints.append(str(error)))
