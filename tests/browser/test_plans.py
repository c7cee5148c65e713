"""Retraining plans on the screen: added from the form, paused, and each occasion with its reason."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from services.kernel.clock import utc_now
from services.kernel.rights import Role
from services.retraining import api, notice, steps
from services.retraining.repository import Plans

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.usefixtures("plant")]

PHONE = {"width": 390, "height": 844}


async def test_a_plan_is_added_followed_and_paused(screen, platform, tenant, principal):
    page = screen.page
    await screen.open("/plans", "Retraining plans")
    await expect(page.get_by_role("heading", name="No plan yet")).to_be_visible()
    await page.get_by_role("link", name="Add a plan").click()
    await page.get_by_role("textbox", name="Name").fill("Drills, weekly")
    await page.get_by_role("textbox", name="Time zone").fill("Mars/Olympus")
    await page.get_by_role("button", name="Add the plan").click()
    await expect(page.get_by_text("Name a time zone of the IANA database")).to_be_visible()
    await page.get_by_role("textbox", name="Time zone").fill("Europe/Vienna")
    await screen.shot("plan-form")
    await page.set_viewport_size(PHONE)
    await screen.shot("plan-form-phone", whole=True)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_role("button", name="Add the plan").click()
    await expect(page.get_by_role("heading", name="Drills, weekly", level=1)).to_be_visible()
    await expect(page.get_by_text("Every machine: Every 7 days at 02:00 (Europe/Vienna).")).to_be_visible()
    await expect(page.get_by_role("heading", name="No occasion to show")).to_be_visible()

    await came_up(platform, tenant, principal)
    await expect(page.get_by_test_id("occasion-drill-1")).to_contain_text(
        "Nothing to do: it has no champion whose blueprint could be taken, and the plan names none."
    )
    await expect(page.get_by_test_id("occasion-drill-1")).to_contain_text("Not started")
    assert await screen.axe() == []
    await screen.shot("plan")
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("Next: Paused")).to_be_visible()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_text("Next: Paused")).to_have_count(0)

    await screen.open("/plans", "Retraining plans")
    await expect(page.get_by_role("table", name="All plans").get_by_role("row")).to_have_count(2)
    await screen.shot("plans")
    await page.get_by_role("link", name="Drills, weekly").click()
    await page.get_by_role("button", name="Remove the plan").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove the plan").click()
    await expect(page.get_by_role("heading", name="No plan yet")).to_be_visible()


async def came_up(platform, tenant, principal) -> None:
    """The plan came up a minute ago."""
    now = utc_now()
    async with platform.unit(tenant) as uow:
        [plan] = await api.list_plans(uow, principal)
        row = await Plans(uow).locked(plan.id)
        row.next_due = now - timedelta(minutes=1)
        await uow.session.flush()
        await notice.notice(uow, principal, now)
        await steps.sort(uow, principal, now)
        await uow.commit()


@pytest.mark.parametrize("role", [Role.OPERATOR])
async def test_an_operator_sees_plans_and_adds_none(screen):
    await screen.open("/plans", "Retraining plans")
    await expect(screen.page.get_by_role("heading", name="No plan yet")).to_be_visible()
    await expect(screen.page.get_by_role("link", name="Add a plan")).to_have_count(0)


async def test_a_plan_that_is_not_there_is_said_so(screen):
    await screen.page.goto(f"{screen.url}/plans/nothing")
    await expect(screen.page.get_by_role("heading", name="There is no such plan here")).to_be_visible()
