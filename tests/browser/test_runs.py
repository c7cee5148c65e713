"""A run over several assets: what waits is promoted in one go, and taken back."""

from uuid import UUID

import pytest
from ended_run import ended_run
from playwright.async_api import expect

from gateway.relay import global_id
from services.assets import api as assets
from services.serving import api as serving

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
