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


@pytest.fixture
async def lab(screen, kept):
    """JupyterLab in a tab of its own, from the portal's page; the portal's page is still there."""
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
    await lab.get_by_text("Python 3 (ipykernel)").first.wait_for()
    yield lab
    await page.get_by_role("button", name="Stop it").click()
    await expect(page.get_by_role("button", name="Start the workbench")).to_be_visible(timeout=SLOW)


async def test_a_cell_runs(screen, lab):
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


async def test_a_notebook_of_the_gallery_becomes_a_pipeline(screen, lab):
    """Run, a parameter changed, drawn, proven, deployed: all by what an engineer types, and then seen in the portal."""
    await lab.goto(f"{lab.url.partition('/lab')[0]}/lab/tree/gallery/drill_wear.ipynb")
    await lab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    parameters = lab.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(1)
    await parameters.get_by_text("40", exact=True).dblclick()
    await lab.keyboard.type("30")
    await lab.get_by_role("menuitem", name="Run", exact=True).click()
    await lab.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    outputs = lab.locator(".jp-Notebook .jp-CodeCell .jp-OutputArea-output")
    await outputs.filter(has_text="shortest_warning_days").first.wait_for()
    await expect(lab.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=SLOW)
    await lab.keyboard.press("Control+s")
    await lab.keyboard.press("Escape")
    await lab.keyboard.press("b")
    await lab.keyboard.press("Enter")

    async def say(words: str, answer: str) -> None:
        await lab.keyboard.type(words)
        await lab.keyboard.press("Shift+Enter")
        await expect(outputs.filter(has_text=answer).last).to_be_visible(timeout=SLOW)

    await say("%link graph", "judge")
    await lab.screenshot(path=screen.shots / "workbench-graph.png")
    await say("%link prove", "proven")
    await say("%link deploy --name drill-wear", "drill-wear")
    await lab.screenshot(path=screen.shots / "workbench-deployed.png")
    await screen.open("/pipelines", "Pipelines")
    await screen.page.get_by_role("link", name="Wear of a laser drill, from a notebook").click()
    await expect(screen.page.get_by_text("shortest_warning_days")).to_be_visible()
    await screen.shot("pipelines-from-the-workbench", whole=True)
    await screen.open("/workbench", "Workbench")
