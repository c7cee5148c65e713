"""A run over several assets: what waits is promoted in one go, and taken back."""

import re
from uuid import UUID

import pytest
from ended_run import ended_run
from playwright.async_api import expect

from gateway.relay import global_id
from services.assets import api as assets
from services.serving import api as serving
from services.training.contracts import Gate
from services.training.repository import Runs

pytestmark = [pytest.mark.platform, pytest.mark.browser]


@pytest.fixture
async def run(platform, tenant, principal, plant) -> UUID:
    """An ended run whose two versions passed and wait beside older champions."""
    async with platform.unit(tenant) as uow:
        found = await assets.assets_by_keys(uow, principal, ["drill-1", "drill-2"])
        await serving.promote_run(uow, principal, await ended_run(uow, principal, list(found.values()), 1))
        waits = await ended_run(uow, principal, list(found.values()), 2)
        await uow.commit()
    return waits


async def test_all_that_wait_are_promoted_and_taken_back(screen, run):
    await screen.open(f"/runs/{global_id('Run', run)}", "Run of b")
    panel = screen.page.get_by_role("region", name="All assets of this run")
    await expect(panel).to_contain_text("2 versions passed their gates and wait. 0 versions answer.")
    assert await screen.axe() == []
    await screen.shot("run-waits")
    await panel.get_by_role("button", name="Promote 2 versions").click()
    await screen.shot("run-asks")
    await screen.page.get_by_role("alertdialog").get_by_role("button", name="Promote", exact=True).click()
    await expect(panel).to_contain_text("0 versions passed their gates and wait. 2 versions answer.")
    await panel.get_by_role("button", name="Bring back the champions before").click()
    await screen.page.get_by_role("alertdialog").get_by_role("button", name="Bring back", exact=True).click()
    await expect(panel).to_have_count(0)


@pytest.fixture
async def judged(platform, tenant, principal, plant) -> UUID:
    """An ended run of which a gate and a plugin's gate stopped one asset."""
    async with platform.unit(tenant) as uow:
        found = await assets.assets_by_keys(uow, principal, ["drill-1", "drill-2"])
        sound, worn = found["drill-1"].id, found["drill-2"].id
        run = await ended_run(uow, principal, list(found.values()), 3)
        gates = [Gate(each, "contract", True, 1.0, 0.5, "Every row is answered.") for each in (sound, worn)]
        gates.append(Gate(worn, "reference", False, 0.6, 0.85, "A plain PCA reference notices shifts better than it."))
        gates.append(Gate(worn, "laser-drill-lens-wear", False, 0.25, 0.5, "With a worn lens 25% are abnormal."))
        await Runs(uow).replace_gates(run, gates)
        await uow.commit()
    return run


async def test_what_was_stopped_is_listed_and_opens_to_all_its_gates(screen, judged):
    await screen.open(f"/runs/{global_id('Run', judged)}", "Run of b")
    panel = screen.page.get_by_role("region", name="Gates", exact=True).first
    await expect(panel.get_by_test_id("outcome-drill-1")).to_contain_text("Passed")
    stopped = panel.get_by_test_id("outcome-drill-2")
    await expect(panel.get_by_test_id(re.compile("^outcome-")).first).to_contain_text("Classical reference")
    await expect(stopped).to_contain_text("Classical reference 0.6, limit 0.85")
    await expect(stopped).to_contain_text("Worn lens 0.25, limit 0.5")
    await expect(stopped).to_contain_text("The champion stays.")
    assert await stopped.get_by_role("button", name="Promote").count() == 0
    await panel.get_by_role("button", name="Show", exact=False).first.click()
    await screen.page.get_by_role("option", name="Stopped").click()
    await expect(panel.get_by_test_id("outcome-drill-1")).to_have_count(0)
    await stopped.get_by_role("button", name="Show all 3 gates").click()
    await expect(panel.get_by_test_id("gate-contract")).to_contain_text("Every row is answered.")
    await expect(panel.get_by_test_id("gate-laser-drill-lens-wear")).to_contain_text("Worn lens")
    assert await screen.axe() == []
    await screen.shot("run-stopped")
    await stopped.get_by_role("button", name="Hide the gates").click()
    await expect(panel.get_by_test_id("gate-contract")).to_have_count(0)
