"""Rollouts on the screen: started from the form, watched, paused, and rolled back for all."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import expect

from gateway.relay import global_id
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.rollouts import api as rollouts
from services.rollouts.contracts import RolloutAssetState, RolloutState
from services.rollouts.repository import Rollouts
from services.rollouts.tables import RolloutRow
from services.serving import api as serving

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.usefixtures("plant")]

SAWS, FAILING = 80, 55
PHONE = {"width": 390, "height": 844}
STOPPED = (
    "55 of the 71 assets of cohort 3 of 3 did not pass (77%); at most 20% may. Resume to promote the others and go on."
)


@pytest.fixture
async def paused(platform, tenant, principal) -> UUID:
    """A rollout over 80 assets that the stop rule paused in its last cohort: 9 promoted, 55 quarantined, 16 passed."""
    now, run = utc_now(), new_id()
    async with platform.unit(tenant) as uow:
        new = [NewAsset(f"saw-{n:02}", f"Saw {n}", "Suwon", "Line 2", "drill") for n in range(SAWS)]
        ids = [asset.id for asset in await assets.create_assets(uow, principal, new)]
        for each in (new_id(), run):
            lineage = Lineage(each, "s", "b", "1", "p", "x", new_id(), 1, {}, 0)
            made = [NewVersion(id_, "d" * 64, place, lineage, {}) for place, id_ in enumerate(ids[:9])]
            versions = {one.asset_id: one.id for one in await registry.register(uow, principal, made)}
            await serving.promote_many(uow, principal, versions)
        row = RolloutRow(
            tenant_id=tenant.id, blueprint="any-machine-components", start=now - timedelta(days=2), end=now,
            parameters={"epochs": 40.0}, seed=7, shares=[0.01, 0.1, 1.0], most_failing=0.2, by_hand=False,
            asset_count=SAWS, cohort=3, cohort_count=3, state=RolloutState.PAUSED.value, message=STOPPED,
            created_by="Ada", created_at=now,
        )  # fmt: skip
        store = Rollouts(uow)
        await store.add(row, ids, (1, 9, SAWS), {ids[9]: {"learning_rate": 0.01}})
        await store.note(row.id, RolloutAssetState.PROMOTED, dict.fromkeys(ids[:9]), versions)
        sentence = "Its score is above the threshold on 4.1 % of normal rows; 1 % is allowed."
        await store.note(row.id, RolloutAssetState.QUARANTINED, dict.fromkeys(ids[9 : 9 + FAILING], sentence))
        await store.note(row.id, RolloutAssetState.PASSED, dict.fromkeys(ids[9 + FAILING :]))
        await uow.commit()
    return row.id


async def test_a_stopped_rollout_says_why_and_is_rolled_back_for_all(screen, paused):
    page = screen.page
    await screen.open("/rollouts", "Rollouts")
    await screen.shot("rollouts")
    await page.get_by_role("link", name="any-machine-components to 80 assets").click()
    stands = page.get_by_role("region", name="Where it stands")
    await expect(stands).to_contain_text(STOPPED)
    last = page.get_by_test_id("cohort-3").get_by_role("cell")
    assert [await last.nth(place).text_content() for place in range(1, 5)] == ["71", "–", "55", "16"]
    listed = page.get_by_role("table", name="Assets of the rollout").get_by_role("row")
    await expect(listed).to_have_count(51)
    await page.get_by_role("button", name="Show more").click()
    await expect(listed).to_have_count(56)
    await expect(listed.nth(1)).to_contain_text("1 % is allowed.")
    await expect(listed.nth(1).get_by_role("link", name="Saw 9")).to_have_attribute("href", "/assets/saw-09")
    assert await screen.axe() == []
    await page.evaluate("document.querySelector('h1').scrollIntoView({block: 'center'})")
    await screen.shot("rollout-paused")
    await page.set_viewport_size(PHONE)
    await screen.shot("rollout-paused-phone")
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.set_viewport_size({"width": 1440, "height": 900})
    await stands.get_by_role("button", name="Roll back all").click()
    await screen.shot("rollout-asks")
    await page.get_by_role("alertdialog").get_by_role("button", name="Roll back all").click()
    await expect(stands).to_contain_text("9 assets back to the champion before.")
    await expect(stands.get_by_role("button")).to_have_count(0)
    await screen.shot("rollout-rolled-back")


async def test_a_rollout_is_started_watched_and_cancelled(screen, platform, tenant, principal):
    page = screen.page
    await screen.open("/rollouts/new", "Start a rollout")
    await page.get_by_role("button", name="Blueprint").click()
    await page.get_by_role("option", name="components").click()
    labels = page.get_by_role("textbox", name="Labels of the assets")
    await labels.fill("line ~ 3")
    await expect(page.get_by_role("status").filter(has_text="label")).to_be_visible()
    await labels.fill("!retired")
    await expect(page.get_by_role("status")).to_contain_text("match: Drill 1, Drill 2")
    shares = page.get_by_role("textbox", name="Cohorts reach, in % of the assets")
    await shares.fill("50, 10")
    await expect(page.get_by_text("Write numbers that rise to 100")).to_be_visible()
    failing = page.get_by_role("textbox", name="Most that may fail, in %")
    await failing.fill("200")
    await expect(page.get_by_text("Write a number from 0 to 100.")).to_be_visible()
    await shares.fill("50, 100")
    await failing.fill("20")
    end = page.get_by_label("Rows to")
    today = await end.input_value()
    await end.fill("2020-01-01T00:00")
    await page.get_by_role("button", name="Start the rollout").click()
    await expect(page.get_by_text("its end must come after its start")).to_be_visible()
    await page.get_by_role("button", name="Add one").click()
    asset = page.get_by_role("textbox", name="Key of the asset")
    await asset.fill("drill-9")
    await expect(page.get_by_text("No asset has this key.")).to_be_visible()
    await asset.fill("drill-2")
    await page.get_by_role("textbox", name="Value").fill("0.8")
    await expect(page.get_by_text("No asset has this key.")).to_have_count(0)
    await screen.shot("rollout-form")
    await page.set_viewport_size(PHONE)
    await screen.shot("rollout-form-phone", whole=True)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await end.fill(today)
    await page.get_by_role("button", name="Start the rollout").click()
    stands = page.get_by_role("region", name="Where it stands")
    await expect(stands).to_contain_text("Judging how the range suits cohort 1 of 2", timeout=20_000)
    await screen.shot("rollout-running")
    async with platform.unit(tenant) as uow:
        [rollout] = await rollouts.list_rollouts(uow, principal, first=1)
        shown = await rollouts.list_rollout_assets(uow, principal, rollout.id, first=SAWS + 2)
        assert [each.parameters for each in shown if each.parameters] == [{"variance_share": 0.8}]
        await rollouts.pause_rollout(uow, principal, rollout.id)
        await uow.commit()
    await expect(stands).to_contain_text("Paused by Ada.")
    await stands.get_by_role("button", name="Resume").click()
    await expect(stands).to_contain_text("Resumed by")
    await stands.get_by_role("button", name="Cancel the rollout").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Cancel the rollout").click()
    await expect(stands).to_contain_text("Cancelled by")
    assert page.url.endswith(f"/rollouts/{global_id('Rollout', rollout.id)}")


async def test_a_rollout_that_is_not_there_is_said_so(screen):
    await screen.page.goto(f"{screen.url}/rollouts/nothing")
    await expect(screen.page.get_by_role("heading", name="There is no such rollout here")).to_be_visible()
