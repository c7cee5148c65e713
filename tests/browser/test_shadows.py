"""Shadows on the screen: of a fleet, and of one asset with its examples on the chart."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect
from shadow_plant import hour, made, values

from services.assets import api as assets
from services.kernel.ids import new_id
from services.kernel.rights import Role
from services.serving.repository import Deployments

pytestmark = [pytest.mark.platform, pytest.mark.browser]

WOLF, CALM = values(*((start, start + 8) for start in range(20, 1400, 48))), values()
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def fleet(platform, tenant, principal):
    """Four pumps: two shadows spare false alarms, one adds them, of one it cannot be told yet."""
    name = f"pump-watch-{new_id().hex[-6:]}"
    said = [(WOLF, CALM), (WOLF, CALM), (CALM, WOLF), (CALM, CALM)]
    plant = await made(platform.platform, principal, said, {}, name)
    async with platform.unit(tenant) as uow:
        await Deployments(uow).note_applied(1, {}, {plant.champions[0]: 0.004, plant.shadows[0]: 0.012})
        known = {one.id: one.key for one in await assets.known_assets(uow, principal, plant.assets)}
        await uow.commit()
    return name, [known[id_] for id_ in plant.assets]


async def test_those_that_agree_are_promoted_and_taken_back(screen, fleet):
    page, (name, keys) = screen.page, fleet
    await screen.open("/shadows", "Shadows")
    proposal = page.get_by_test_id("fleet-proposal")
    await expect(page.get_by_role("heading", name=f"{name} 1")).to_be_visible()
    await expect(proposal).to_have_text(
        "2 of 4 agree or are better (2 better, 1 undecided, 1 worse): promote these 2?", timeout=30_000
    )
    rows = page.get_by_role("table", name="Shadows of this kind").get_by_role("row")
    await expect(rows).to_have_count(5)
    await expect(rows.nth(1)).to_contain_text("Worse")
    await expect(page.get_by_test_id(f"shadow-{keys[2]}")).to_contain_text(
        "23 false alarms more; enough to call it worse."
    )
    assert await screen.axe() == []
    await screen.shot("shadows")
    await page.set_viewport_size(PHONE)
    await screen.shot("shadows-phone", whole=True)
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_role("button", name="All shadows").click()
    await page.get_by_role("option", name="Undecided").click()
    await expect(rows).to_have_count(2)
    await expect(page.get_by_test_id(f"shadow-{keys[3]}")).to_be_visible()

    await page.get_by_role("button", name="Promote the 2 that agree").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Promote").click()
    await expect(page.get_by_text("2 assets have a new champion.")).to_be_visible()
    await expect(proposal).to_have_text(re.compile("^0 of 2 agree"), timeout=30_000)
    await screen.shot("shadows-promoted")
    await page.get_by_role("button", name="Undo all").click()
    await expect(page.get_by_text("2 assets have a new champion.")).to_have_count(0)


@pytest.mark.parametrize("role", [Role.PARTNER])
async def test_who_may_not_promote_sees_and_cannot_press(screen, fleet):
    await screen.open("/shadows", "Shadows")
    await expect(screen.page.get_by_test_id("fleet-proposal")).to_be_visible(timeout=30_000)
    await expect(screen.page.get_by_role("button", name="Promote the 2 that agree")).to_have_count(0)


async def test_an_asset_shows_its_shadow_with_examples_on_the_chart(screen, fleet):
    page, (_, keys) = screen.page, fleet
    await screen.open(f"/assets/{keys[0]}", "Pump 0")
    panel = page.get_by_test_id("asset-shadows")
    await expect(panel).to_contain_text("false alarms fewer")
    await expect(panel.get_by_test_id("evidence")).to_have_attribute("data-advice", "PROMOTE")
    await expect(panel.get_by_text("12 ms, champion 4 ms")).to_be_visible()
    example = panel.get_by_role("button", name="Show on the chart").first
    async with page.expect_request(lambda sent: "/v1/trend" in sent.url and "score.shadow" in sent.url) as asked:
        await example.click()
    query = parse_qs(urlsplit((await asked.value).url).query)
    first, last = (datetime.fromisoformat(query[end][0]) for end in ("from", "to"))
    assert any(first < hour(start + 4) and hour(start + 8) < last for start in range(20, 1400, 48)), query
    assert last - first < timedelta(days=8)
    await expect(page.get_by_role("button", name="Zoom out")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("asset-shadow", whole=True)

    await panel.get_by_role("button", name="Promote v2").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Promote").click()
    await expect(panel).to_have_count(0)
    await page.get_by_role("button", name="Undo: bring v1 back").click()
    await expect(page.get_by_role("button", name="Undo: bring v2 back")).to_be_visible()

    await screen.open(f"/assets/{keys[2]}", "Pump 2")
    await expect(panel).to_contain_text("keep the champion")
    await panel.get_by_role("button", name="Stop shadow v2").click()
    await expect(panel).to_have_count(0)
