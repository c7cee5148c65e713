"""The page of lines, and the alarm budget, of a tenant with more lines than a page holds."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import expect

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.clock import utc_now
from services.kernel.rights import Role
from services.monitoring.tables import AlarmRow, CaseRow, HealthRow

pytestmark = [pytest.mark.platform, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}
LINES, OF_ONE = 60, 3


@pytest.fixture(scope="module")
async def presses(platform, tenant, principal) -> dict[str, UUID]:
    """Three presses on each of sixty lines, all normal."""
    now = utc_now()
    signals = (Signal("pressure", "Pressure", "bar", 0, 9),)
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, Contract("press", "Press", signals, 60.0))
        new = [
            NewAsset(f"press-{line:02}-{n}", f"Press {line}.{n}", "Suwon", f"Line {line:02}", "press")
            for line in range(LINES)
            for n in range(OF_ONE)
        ]
        made = {each.key: each.id for each in await assets.create_assets(uow, principal, new)}
        facts = {"contract_id": contract.id, "silent_after_s": 1e6, "deployed_at": now, "seen_at": now, "route": 0}
        uow.session.add_all(
            [HealthRow(tenant_id=uow.tenant, id=each, last_row_at=now, **facts) for each in made.values()]
        )
        await uow.commit()
    return made


async def alarms(platform: Any, tenant: Any, asset_id: UUID, minutes: int, times: int = 1) -> None:
    """The last of them is on since so many minutes; the others cleared."""
    at = utc_now() - timedelta(minutes=minutes)
    async with platform.unit(tenant) as uow:
        case = CaseRow(tenant_id=uow.tenant, asset_id=asset_id, title="Unlike before", opened_at=at)
        uow.session.add(case)
        await uow.session.flush()
        for number in range(times):
            facts = {"rule": "watch", "raised_at": at, "peak": 2.0, "top": [["pressure", 0.9]], "case_id": case.id}
            cleared = None if number == times - 1 else at
            uow.session.add(AlarmRow(tenant_id=uow.tenant, asset_id=asset_id, cleared_at=cleared, **facts))
        await uow.commit()


async def test_lines_are_worst_first_and_name_who_holds_them(screen, presses, platform, tenant):
    page = screen.page
    await screen.open("/lines", "Lines")
    rows = page.locator("[data-testid^=line-]")
    await expect(rows).to_have_count(50)
    await expect(rows.first).to_contain_text("Line 00")
    await alarms(platform, tenant, presses["press-57-1"], 30, times=150)
    await alarms(platform, tenant, presses["press-57-2"], 90, times=60)
    await alarms(platform, tenant, presses["press-41-0"], 10, times=20)
    await alarms(platform, tenant, presses["press-12-0"], 1, times=20)
    await expect(rows.first).to_contain_text("Line 12", timeout=15_000)
    held = page.get_by_test_id("line-Suwon-Line 57")
    holders = held.get_by_role("cell").nth(1).get_by_role("listitem")
    await expect(holders.nth(0)).to_contain_text("Press 57.2since 1 hour agoUnlike before")
    await expect(holders.nth(1)).to_contain_text("Press 57.1since 30 minutes ago")
    await expect(held.get_by_role("cell").last).to_have_text("2 Alarm1 Normal")
    assert await screen.axe() == []
    await screen.shot("lines")

    better = page.get_by_role("button", name="Better lines")
    await better.focus()
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(10)
    await expect(better).to_be_disabled()
    await page.get_by_role("button", name="Worse lines").press("Enter")
    await expect(rows).to_have_count(50)
    await page.set_viewport_size(PHONE)
    await screen.shot("lines-phone")
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await holders.nth(0).get_by_role("link", name="Press 57.2").click()
    await expect(page.get_by_role("heading", name="Press 57.2", level=1)).to_be_visible()


async def test_the_budget_says_how_much_and_who(screen):
    """250 alarms of a day: 10.4 an hour for one operator."""
    page = screen.page
    await screen.open("/alarms", "Alarms")
    budget = page.get_by_role("region", name="Alarm budget")
    await expect(budget).to_contain_text("Over the budget")
    await expect(budget).to_contain_text("10.4 alarms for each hour and operator, of 10.")
    await expect(budget).to_contain_text("These 3 make 92% of them: shelve, or retrain.")
    worst = budget.get_by_role("list", name="Worst offenders").get_by_role("listitem")
    await expect(worst.first).to_contain_text("Press 57.1watch150 alarms, 60%")
    await screen.shot("alarm-budget", whole=True)
    assert await screen.axe() == []
    await budget.get_by_role("button", name="Change").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("textbox", name="Operators at a time").fill("0")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("1 to 1000 people handle alarms at a time.")).to_be_visible()
    assert await screen.axe() == []
    await form.get_by_role("textbox", name="Operators at a time").fill("2")
    await form.get_by_role("button", name="Save").click()
    await expect(budget).to_contain_text("Within the budget")
    await expect(budget).to_contain_text("5.2 alarms for each hour and operator, of 10.")
    await budget.get_by_role("button", name="Show").click()
    await page.get_by_role("option", name="Last 7 days").click()
    await expect(budget).to_contain_text("0.7 alarms for each hour and operator")
    await page.set_viewport_size(PHONE)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("role", [Role.OPERATOR])
async def test_an_operator_sees_the_budget_and_does_not_set_it(screen):
    await screen.open("/alarms", "Alarms")
    budget = screen.page.get_by_role("region", name="Alarm budget")
    await expect(budget).to_contain_text("Within the budget")
    await expect(budget.get_by_role("button", name="Change")).to_have_count(0)
