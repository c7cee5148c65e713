"""Every screen of the portal: it opens, can be read by everybody, and keeps to the content policy."""

import re

import pytest
from gateway_client import make_key
from playwright.async_api import expect

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.usefixtures("plant")]

SCREENS = [
    ("/", "Fleet"),
    ("/assets/drill-1", "Drill 1"),
    ("/assets/drill-1/retrain", "Retrain Drill 1"),
    ("/assets/drill-1/retrain?step=dates", "Retrain Drill 1"),
    ("/retrain?assets=drill-1,drill-2", "Retrain together"),
    ("/runs", "Runs"),
    ("/rollouts", "Rollouts"),
    ("/rollouts/new", "Start a rollout"),
    ("/jobs", "Jobs"),
    ("/jobs/import", "Import rows"),
    ("/jobs/export", "Export rows"),
    ("/rules", "Rules"),
    ("/rules/new", "Add a rule"),
    ("/alarms", "Alarms"),
    ("/changes", "Changes"),
    ("/quarantine", "Quarantine"),
    ("/sessions", "Your sessions"),
    ("/lines", "Lines"),
    ("/notifications", "Notifications"),
    ("/webhooks", "Webhooks"),
    ("/access", "Access"),
]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize(("path", "heading"), SCREENS, ids=[path for path, _ in SCREENS])
async def test_screen_can_be_read_by_everybody(screen, path, heading, colours):
    await screen.open(path, heading)
    await expect(screen.page.get_by_role("status", name="Loading")).to_have_count(0)
    await screen.shot(f"{heading}-{colours}".lower().replace(" ", "-"))
    assert await screen.axe() == []


async def test_fleet_is_found_by_search(screen):
    await screen.open("/", "Fleet")
    await screen.page.get_by_role("searchbox", name="Search asset, line or site").fill("Drill 2")
    await expect(screen.page.get_by_role("row")).to_have_count(2)
    await expect(screen.page.get_by_test_id("asset-drill-2")).to_contain_text("No model")


async def test_event_is_recorded_and_taken_back(screen):
    await screen.open("/assets/drill-1", "Drill 1")
    await screen.page.get_by_role("button", name="Something changed").click()
    await screen.page.get_by_role("textbox", name="Which part").fill("Lens")
    await screen.page.get_by_role("button", name="Record", exact=True).click()
    events = screen.page.get_by_role("region", name="Events")
    await expect(events).to_contain_text("Part replaced: Lens")
    await events.get_by_role("button", name="Undo").first.click()
    await expect(events).to_contain_text("retracted")


async def test_key_is_shown_once(screen):
    await screen.open("/access", "Access")
    await screen.page.get_by_role("button", name="Create a key").click()
    await screen.page.get_by_role("textbox", name="Name").fill("Line 1 collector")
    await screen.page.get_by_role("button", name="Create", exact=True).click()
    await expect(screen.page.get_by_test_id("secret")).to_contain_text("andon_")
    await screen.page.get_by_role("button", name="I have kept it").click()
    await expect(screen.page.get_by_test_id("secret")).to_have_count(0)
    await expect(screen.page.get_by_role("table", name="API keys")).to_contain_text("Line 1 collector")


async def test_key_is_rotated(screen, app, tenant):
    await make_key(app.state.gateway.platform, tenant)
    await screen.open("/access", "Access")
    keys = screen.page.get_by_role("table", name="API keys")
    row = keys.get_by_role("row").filter(has_text="a program")
    await row.get_by_role("button", name="Rotate").click()
    await expect(screen.page.get_by_role("dialog", name="Rotate a program")).to_contain_text("goes on working")
    await screen.shot("access-rotate")
    assert await screen.axe() == []
    await screen.page.get_by_role("button", name="Make the new secret").click()
    await expect(screen.page.get_by_test_id("secret")).to_contain_text("andon_")
    await screen.page.get_by_role("button", name="I have kept it").click()
    await expect(row).to_have_count(2)
    await expect(row.first).to_contain_text("replaced")
    await expect(row.get_by_role("button", name="Rotate")).to_have_count(1)
    await screen.shot("access-rotated", whole=True)


async def test_the_login_of_devices_is_shown_and_renewed(screen):
    await screen.open("/access", "Access")
    password = screen.page.get_by_test_id("device-password")
    await expect(password).to_have_count(0)
    await screen.page.get_by_role("button", name="Show the login").click()
    await expect(password).to_have_text(re.compile(r"\S{20,}"))
    before = await password.text_content()
    assert await screen.axe() == []
    await screen.shot("access-devices", whole=True)
    await screen.page.get_by_role("button", name="Renew the password").click()
    await screen.page.get_by_role("button", name="Renew", exact=True).click()
    await expect(screen.page.get_by_role("alertdialog")).to_have_count(0)
    await expect(password).not_to_have_text(str(before))
    await screen.page.get_by_role("button", name="Hide").click()
    await expect(password).to_have_count(0)


async def test_what_is_left_of_budgets_is_shown(screen):
    await screen.open("/access", "Access")
    budgets = screen.page.get_by_role("table", name="Budgets")
    await expect(budgets.get_by_role("row", name="Rows sent in")).to_contain_text("20,000,000")
    await expect(budgets.get_by_role("row", name="Requests")).to_contain_text("30,000")
    await expect(budgets.get_by_role("row", name="Query cost, in points")).to_contain_text("12,000,000")
    assert await screen.axe() == []
    await screen.shot("access-budgets", whole=True)


async def test_an_asset_that_is_not_there_is_said_so(screen):
    await screen.page.goto(f"{screen.url}/assets/nothing")
    await expect(screen.page.get_by_role("heading", name="There is no asset “nothing” here")).to_be_visible()
