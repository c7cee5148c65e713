"""The pages of pipelines: none yet, one with its versions, and what the form of a retraining asks for."""

import json

import pytest
from pipeline_wheels import LINK, NAME, NOTEBOOK, pipeline, registered
from playwright.async_api import expect

from services.kernel.rights import Role

pytestmark = [pytest.mark.platform, pytest.mark.browser]


async def test_an_engineer_is_told_how_the_first_one_is_made(screen, plant):
    page = screen.page
    await screen.open("/runs", "Runs")
    await page.get_by_role("link", name="Pipelines").click()
    await expect(page.get_by_role("heading", name="No pipeline yet")).to_be_visible()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy the command").press("Enter")
    await expect(page.get_by_text("Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == "andon-sdk link deploy wear.ipynb --name drill-wear"
    assert await screen.axe() == []
    await screen.shot("pipelines-none")


@pytest.fixture(scope="module")
async def versions(platform, principal, tmp_path_factory):
    """Two versions of a pipeline; the second is not proven."""
    folder = tmp_path_factory.mktemp("wheels")
    link = {**LINK, "contract": "drill"}
    await registered(platform.platform, principal, pipeline(folder, "1.0", contract="drill", link=link))
    unproven = {**link, "proof": None, "findings": []}
    await registered(platform.platform, principal, pipeline(folder, "1.1", contract="drill", link=unproven))


@pytest.mark.parametrize("role", [Role.ENGINEER])
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_a_pipeline_is_looked_at_moved_and_retired(screen, plant, versions, colours):
    page = screen.page
    await screen.open("/pipelines", "Pipelines")
    row = page.get_by_test_id(f"pipeline-{NAME}")
    await expect(row).to_contain_text("Version 1.1")
    await expect(row).to_contain_text("2 versions")
    await expect(row).to_contain_text("Not proven")
    await screen.shot(f"pipelines-{colours}")
    await row.get_by_role("link").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Wear of the bench", level=1)).to_be_visible()
    table = page.get_by_role("table", name="Versions")
    await expect(table.get_by_test_id("version-1.1")).to_contain_text("Used")
    await page.get_by_role("button", name="Back to 1.0").press("Enter")
    await expect(table.get_by_test_id("version-1.0")).to_contain_text("Used")
    proof = page.get_by_role("region", name="Proof of 1.0")
    await expect(proof).to_contain_text("Proven")
    await expect(proof).to_contain_text("0.93")
    steps = page.get_by_role("table", name="Steps")
    await expect(steps.get_by_role("row", name="centre 4, 5")).to_be_visible()
    await expect(page.get_by_role("img", name="How the 4 steps hang together")).to_be_visible()
    await expect(page.get_by_role("table", name="Parameters")).to_contain_text("Width of the normal band")
    await expect(page.get_by_role("region", name="Findings")).to_contain_text("Cell 4, line 2")
    await expect(page.get_by_role("region", name="Environment", exact=True)).to_contain_text("2.13.0")
    assert await screen.axe() == []
    await screen.shot(f"pipeline-{colours}", whole=True)
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download the notebook").click()
    kept = await (await waiting.value).path()
    assert json.loads(kept.read_text()) == NOTEBOOK

    await page.get_by_role("button", name="Retire").click()
    asked = page.get_by_role("alertdialog")
    await screen.shot(f"pipeline-retire-{colours}")
    await asked.get_by_role("button", name="Retire it").click()
    await expect(page.get_by_text("Retired by")).to_be_visible()
    await page.get_by_role("button", name="Take it up again").click()
    await expect(page.get_by_text("Retired by")).to_have_count(0)
    await page.get_by_role("button", name="Use 1.1").click()
    await expect(table.get_by_test_id("version-1.1")).to_contain_text("Used")


@pytest.mark.parametrize("role", [Role.OPERATOR])
async def test_an_operator_is_asked_for_its_parameters_when_retraining(screen, plant, versions):
    page = screen.page
    await page.goto(f"{screen.url}/pipelines")
    await expect(page.get_by_role("heading", name="This page is for engineers")).to_be_visible()
    await page.goto(f"{screen.url}/retrain?assets=drill-1,drill-2")
    await page.get_by_role("button", name="Blueprint").click()
    await page.get_by_role("option", name="Wear of the bench").click()
    await page.get_by_text("Change how it is trained").click()
    spread = page.get_by_role("textbox", name="Spread")
    await expect(spread).to_have_value("1")
    hint = page.get_by_text("Width of the normal band · A number from 0.5 to 4")
    await expect(hint).to_be_visible()
    await spread.fill("9")
    await expect(page.get_by_text("A number from 0.5 to 4, please.")).to_be_visible()
    await expect(page.get_by_role("button", name="Train a new version")).to_be_disabled()
    assert await screen.axe() == []
    await screen.shot("retrain-parameters", whole=True)
    await spread.fill("2.5")
    await expect(page.get_by_text("A number from 0.5 to 4, please.")).to_have_count(0)
