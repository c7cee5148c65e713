"""The built portal, served by a real gateway over the session's platform, in Debian's Chromium."""

import asyncio
import json
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from gateway_client import make_app, open_session, signed_in
from playwright.async_api import Browser, async_playwright
from screen import AXE, CHROMIUM, Screen

from gateway.auth import COOKIE
from gateway.settings import STATIC
from infra.settings import REPOSITORY
from services.kernel.rights import Role

PORTAL = REPOSITORY / "gateway" / "portal"
SHOTS = REPOSITORY / ".artifacts" / "browser"

PLANT = """mutation ($contract: PutContractInput!, $assets: CreateAssetsInput!) {
  putContract(input: $contract) { __typename ... on Error { message } }
  createAssets(input: $assets) { __typename ... on Error { message } }
}"""


@pytest.fixture(scope="session")
def built() -> Path:
    """The portal as `npm run build` leaves it; built once when it is not there."""
    if not (STATIC / "index.html").exists() or not AXE.exists():
        subprocess.run(["npm", "ci"], cwd=PORTAL, check=True, capture_output=True)
        subprocess.run(["npm", "run", "build"], cwd=PORTAL, check=True, capture_output=True)
    return STATIC


@pytest.fixture(scope="session")
async def app(platform, built):
    return make_app(platform.platform, portal=built, oidc_networks="127.0.0.0/8")


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


@pytest.fixture(scope="session")
def shots() -> Path:
    return SHOTS


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
    screen = Screen(page, address, SHOTS).listen()
    yield screen
    await context.close()
    assert screen.complaints == []
