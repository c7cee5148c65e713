"""Drift on the screen: signal by signal on the asset's page, as a filter of the fleet, as what a plan waits for."""

import numpy as np
import pytest
from drift_plant import A_DAY, last_day, made, pump
from playwright.async_api import expect

pytestmark = [pytest.mark.platform, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
async def pumps(platform, principal):
    """Pump 0 flows more than before, and its thermometer is dead; pump 1 shows Fahrenheit; one other is over its limit
    once, and one was not looked at."""
    first, second, third = (pump(seed) for seed in range(3))
    changed = [
        last_day(first, flow=lambda flow: flow + 3, temperature=np.full(A_DAY, np.nan)),
        last_day(second, temperature=lambda celsius: 1.8 * celsius + 32),
    ]
    plant = await made(platform.platform, principal, changed, "pump")
    await plant.look()
    await plant.look(1.1)
    once = await made(platform.platform, principal, [last_day(pump(3), flow=lambda flow: flow + 3)], "once")
    await once.look(1.2)
    await made(platform.platform, principal, [third], "fresh")
    return plant


async def test_each_signal_stands_with_its_distance_and_what_was_found(screen, pumps):
    page = screen.page
    await screen.open("/assets/pump-0", "Pump 0")
    panel = page.get_by_role("region", name="Drift")
    await expect(panel).to_contain_text("1 signal drifts.")
    flow = page.get_by_test_id("drift-flow")
    await expect(flow).to_contain_text("Drifts")
    await expect(flow).to_contain_text("Its median went from")
    await expect(flow.get_by_role("img")).to_have_count(1)
    await expect(page.get_by_test_id("drift-temperature")).to_contain_text("The newest rows have no value of it.")
    await expect(page.get_by_test_id("drift-valve")).to_contain_text("Not comparable")
    await expect(page.get_by_test_id("drift-score")).to_contain_text("has not answered long enough")
    assert await screen.axe() == []
    await screen.shot("drift", whole=True)
    await page.set_viewport_size(PHONE)
    await screen.shot("drift-phone", whole=True)
    await screen.open("/assets/pump-1", "Pump 1")
    await expect(page.get_by_test_id("drift-temperature")).to_contain_text("The values look converted (°C→°F).")


async def test_over_the_limit_at_one_look_says_what_is_to_come(screen, pumps):
    await screen.open("/assets/once-0", "Pump 0")
    flow = screen.page.get_by_test_id("drift-flow")
    await expect(flow).to_contain_text("Over the limit once")
    await expect(flow).to_contain_text("That is once; at two looks in a row it is drift.")


async def test_a_machine_that_was_not_looked_at_says_so(screen, pumps, plant):
    await screen.open("/assets/fresh-0", "Pump 0")
    await expect(screen.page.get_by_role("heading", name="Not looked at yet")).to_be_visible()
    await screen.open("/assets/drill-1", "Drill 1")
    await expect(screen.page.get_by_role("heading", name="No champion yet")).to_be_visible()


async def test_the_fleet_is_narrowed_to_what_drifts(screen, pumps):
    page = screen.page
    await screen.open("/", "Fleet")
    await expect(page.get_by_test_id("asset-fresh-0")).to_be_visible()
    await expect(page.get_by_test_id("asset-pump-0")).to_contain_text("1 signal drifts")
    await expect(page.get_by_test_id("asset-fresh-0").get_by_test_id("drift-mark")).to_have_count(0)
    await page.get_by_role("button", name="Only what drifts").click()
    await expect(page.get_by_test_id("asset-fresh-0")).to_have_count(0)
    await expect(page.get_by_test_id("asset-pump-0")).to_be_visible()
    await expect(page.get_by_test_id("asset-pump-1")).to_be_visible()
    await screen.shot("drift-fleet")


async def test_a_plan_can_wait_for_drift(screen, pumps):
    page = screen.page
    await screen.open("/plans/new", "Add a plan")
    await page.get_by_role("textbox", name="Name").fill("What drifts")
    await page.get_by_role("button", name="When").click()
    await page.get_by_role("option", name="When signals of a machine drift").click()
    await page.get_by_role("textbox", name="For how many hours").fill("12")
    await screen.shot("drift-plan")
    await page.get_by_role("button", name="Add the plan").click()
    await expect(page.get_by_text("Every machine: When signals of a machine drift for 12 hours.")).to_be_visible()
