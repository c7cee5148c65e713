"""Events, labels and regimes on the screen: recorded, corrected, taken back, and what machines wait for."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from services.assets import api as assets
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.monitoring import api as monitoring
from services.monitoring.repository import Watch
from services.monitoring.tables import AlarmRow
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion
from services.serving import api as serving

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.usefixtures("plant")]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
def role() -> Role:
    return Role.OPERATOR


async def test_the_list_of_changes_is_empty_first(screen):
    await screen.open("/changes", "Changes")
    await expect(screen.page.get_by_role("heading", name="No machine waits for a model")).to_be_visible()
    await expect(screen.page.get_by_role("heading", name="Nothing was recorded")).to_be_visible()
    await screen.shot("changes-empty")


async def test_a_change_is_recorded_by_keyboard_corrected_and_taken_back(screen, platform, tenant, principal):
    page = screen.page
    async with platform.unit(tenant) as uow:
        found = await assets.assets_by_keys(uow, principal, ["drill-2"])
        filtered = NewEvent(found["drill-2"].id, EventKind.PART_REPLACED, utc_now(), part="Filter", begins_regime=False)
        await events.record_event(uow, principal, filtered)
        await uow.commit()
    await screen.open("/assets/drill-1", "Drill 1")
    await page.get_by_role("button", name="Something changed").focus()
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Something changed")
    normal = form.get_by_role("checkbox", name="The machine's normal is another one now")
    await expect(normal).to_be_checked()
    part = form.get_by_label("Which part")
    await expect(form.locator("datalist option")).to_have_attribute("value", "Filter")
    await part.fill("Filter")
    await expect(normal).not_to_be_checked()
    await part.fill("Lens")
    await expect(normal).to_be_checked()
    await screen.shot("change-form")
    assert await screen.axe() == []
    await page.keyboard.press("Enter")
    region = page.get_by_role("region", name="Events")
    await expect(region.get_by_role("status")).to_contain_text("Part replaced: Lens: recorded.")
    await expect(region).to_contain_text("new regime")
    await expect(page.get_by_role("list", name="Regimes")).to_contain_text("since Part replaced: Lens")

    await region.get_by_role("button", name="Correct").first.click()
    form = page.get_by_role("dialog", name="Correct an event")
    await form.get_by_label("Which part").fill("Galvo")
    await form.get_by_role("button", name="Correct").click()
    await expect(region).to_contain_text("Part replaced: Galvo")
    await expect(region).to_contain_text("Said before: Part replaced: Lens")
    await screen.shot("change-corrected", whole=True)
    await region.get_by_role("button", name="Undo").first.click()
    await expect(region).to_contain_text("retracted by")
    await expect(page.get_by_role("list", name="Regimes")).to_have_count(0)


async def test_a_range_is_labelled_and_undone(screen):
    page = screen.page
    await screen.open("/assets/drill-2", "Drill 2")
    await page.get_by_role("button", name="Label a range").click()
    form = page.get_by_role("dialog", name="Label a range")
    now = utc_now()
    start, end = (moment.strftime("%Y-%m-%dT%H:%M") for moment in (now - timedelta(hours=9), now - timedelta(hours=4)))
    await form.get_by_label("To", exact=True).fill(start)
    await form.get_by_label("From", exact=True).fill(end)
    await expect(form).to_contain_text("The end must lie after the start.")
    await form.get_by_label("From", exact=True).fill(start)
    await form.get_by_label("To", exact=True).fill(end)
    await screen.shot("label-form")
    assert await screen.axe() == []
    await form.get_by_role("button", name="Label these times").click()
    region = page.get_by_role("region", name="Events")
    await expect(region.get_by_role("status")).to_contain_text("Ran abnormally: recorded.")
    await expect(page.get_by_role("list", name="Labelled times")).to_contain_text("Ran abnormally")
    await screen.shot("labelled", whole=True)
    await region.get_by_role("status").get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("list", name="Labelled times")).to_have_count(0)


async def test_what_a_machine_waits_for_is_said_everywhere(screen, platform, tenant, principal):
    page, now = screen.page, utc_now()
    async with platform.unit(tenant) as uow:
        drill = (await assets.assets_by_keys(uow, principal, ["drill-1"]))["drill-1"]
        lineage = Lineage(new_id(), "s", "b", "1", "p", "x", drill.contract_id, 1, {}, 0)
        [version] = await registry.register(uow, principal, [NewVersion(drill.id, "d" * 64, 0, lineage, {})])
        await serving.promote(uow, principal, drill.id, version.id)
        await Watch(uow).know({drill.id: (drill.contract_id, 60.0)})
        await Watch(uow).deployed([drill.id], now)
        await uow.session.flush()
        at = now - timedelta(hours=2)
        await events.record_event(uow, principal, NewEvent(drill.id, EventKind.PART_REPLACED, at, part="Galvo X"))
        await uow.session.flush()
        await monitoring.follow_regimes(uow, system_principal(tenant.id), [drill.id])
        await uow.session.flush()
        [case] = await monitoring.list_cases(uow, principal, asset_id=drill.id)
        muted = AlarmRow(
            tenant_id=tenant.id, asset_id=drill.id, case_id=case.id, rule="r", state="shelved", raised_at=now,
            shelved_until=now + timedelta(days=3), muted_by=case.retrain_for, peak=2.0, top=[["temperature", 1.0]],
        )  # fmt: skip
        uow.session.add(muted)
        await uow.commit()
    await screen.open("/assets/drill-1", "Drill 1")
    await expect(page.get_by_text("Next: choose dates since then and train.")).to_be_visible()
    await expect(page.get_by_test_id("sentence")).to_contain_text("Its normal changed")
    await expect(page.get_by_role("region", name="Alarms")).to_contain_text("Muted until")
    await expect(page.get_by_role("region", name="Alarms")).to_contain_text("from before: Part replaced: Galvo X")
    assert await screen.axe() == []
    await screen.shot("regime-waits", whole=True)

    await screen.open("/alarms", "Alarms")
    await expect(page.get_by_test_id("case-drill-1")).to_contain_text("Galvo X replaced: a new model is needed")
    await expect(page.get_by_test_id("case-drill-1")).to_contain_text("Choose dates since the change and train.")
    await screen.shot("case-waits")
    await page.get_by_role("link", name="Galvo X replaced: a new model is needed").first.click()
    await expect(page.get_by_role("heading", name="Drill 1", level=1)).to_be_visible()
    await expect(page.get_by_role("region", name="Alarms of the case")).to_contain_text("Muted until")
    await expect(page.get_by_role("region", name="What happened")).to_contain_text("Part replaced: Galvo X")
    await expect(page.get_by_role("region", name="What was trained")).to_contain_text("No run was started")
    await expect(page.get_by_role("link", name="Choose dates since the change and train.")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("case", whole=True)

    await page.get_by_role("link", name="Changes").click()
    row = page.get_by_test_id("recovery-drill-1")
    await expect(row).to_contain_text("Needs a model")
    await expect(page.get_by_role("region", name="Machines whose normal changed")).to_contain_text("Needs a model 1")
    await expect(page.get_by_role("region", name="What happened")).to_contain_text("Part replaced: Galvo X")
    assert await screen.axe() == []
    await screen.shot("changes")
    await page.set_viewport_size(PHONE)
    await screen.shot("changes-phone", whole=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.set_viewport_size(DESK)
    await page.get_by_role("button", name="Kind").click()
    await page.get_by_role("option", name="Maintenance done").click()
    await expect(page.get_by_role("heading", name="Nothing was recorded")).to_be_visible()
    await row.get_by_role("link", name="Choose dates and train").click()
    await expect(page.get_by_role("heading", name="2. Which dates show the new normal?")).to_be_visible()
