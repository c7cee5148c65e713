"""A run over several assets: what waits is promoted in one go, and taken back."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import expect

from gateway.relay import global_id
from services.assets import api as assets
from services.kernel.clock import utc_now
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion
from services.serving import api as serving
from services.training.contracts import RunState
from services.training.repository import Runs
from services.training.tables import RunRow

pytestmark = [pytest.mark.platform, pytest.mark.browser]


WAY = (RunState.FREEZING, RunState.STARTING, RunState.TRAINING, RunState.CHECKING, RunState.SUCCEEDED)


@pytest.fixture
async def run(platform, tenant, principal, plant) -> UUID:
    """An ended run whose two versions passed and wait beside older champions."""
    now = utc_now()
    async with platform.unit(tenant) as uow:
        found = await assets.assets_by_keys(uow, principal, ["drill-1", "drill-2"])
        ids, contract = [asset.id for asset in found.values()], found["drill-1"].contract_id
        made = []
        for number in (1, 2):
            row = RunRow(
                tenant_id=tenant.id, blueprint="b", blueprint_version="1", contract_id=contract, contract_version=1,
                asset_count=2, start=now - timedelta(days=2), end=now, parameters={}, seed=number, created_by="Ada",
                started_at=now,
            )  # fmt: skip
            assert await Runs(uow).add(row, ids, {}) == {}
            for state in WAY:
                await Runs(uow).move(row, state, now, "2 of 2 assets passed all gates.")
            lineage = Lineage(row.id, "s", "b", "1", "p", "x", contract, 1, {}, number)
            new = [NewVersion(asset, "d" * 64, place, lineage, {}) for place, asset in enumerate(ids)]
            versions = [version.id for version in await registry.register(uow, principal, new)]
            await registry.set_aliases(uow, principal, versions, Alias.CHALLENGER)
            made.append(row.id)
            if number == 1:
                await serving.promote_run(uow, principal, row.id)
        await uow.commit()
    return made[1]


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
