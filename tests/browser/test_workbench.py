"""A member's JupyterLab, from the portal's page to a cell's output, in a real browser and a real box."""

import asyncio

import pytest
from playwright.async_api import expect

from services.workbench import jobs

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.cluster, pytest.mark.timeout(240)]

SLOW = 120_000


@pytest.fixture
async def kept(platform, tenant, address):
    """The worker's part, with boxes that lead to the test's gateway."""
    boxes = platform.platform.ground.workbenches
    boxes._gateway = lambda: int(address.rpartition(":")[2])
    keeper = asyncio.create_task(jobs.keep_workbenches(platform.platform, tenant.id))
    yield
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)
    await boxes.remove(tenant.id)


async def test_a_cell_runs(screen, kept):
    page = screen.page
    await screen.open("/workbench", "Workbench")
    await page.get_by_role("button", name="Start the workbench").click()
    await expect(page.get_by_role("button", name="Open the workbench")).to_be_visible(timeout=SLOW)
    await screen.shot("workbench")
    assert await screen.axe() == []
    async with page.expect_popup() as opening:
        await page.get_by_role("button", name="Open the workbench").click()
    lab = await opening.value
    lab.set_default_timeout(SLOW)
    complaints: list[str] = []
    lab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await lab.get_by_text("Python 3 (ipykernel)").first.click()
    await expect(lab.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=SLOW)
    cell = lab.locator(".jp-Notebook .jp-Cell .cm-content").first
    await cell.click()
    await lab.keyboard.type("print(6 * 7, 'is the answer')")
    await lab.keyboard.press("Shift+Enter")
    await expect(lab.locator(".jp-OutputArea-output").first).to_have_text("42 is the answer\n", timeout=SLOW)
    await lab.screenshot(path=screen.shots / "workbench-lab.png")
    assert lab.url.partition("/lab")[0].endswith(f".localhost:{screen.url.rpartition(':')[2]}")
    assert [line for line in complaints if "Content Security Policy" in line] == []
    await page.get_by_role("button", name="Stop it").click()
    await expect(page.get_by_role("button", name="Start the workbench")).to_be_visible(timeout=SLOW)
