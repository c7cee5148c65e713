"""The fleet page with more assets than a page of the list holds."""

import pytest
from many_assets import seed
from playwright.async_api import expect

pytestmark = [pytest.mark.platform, pytest.mark.browser]


@pytest.fixture(scope="module")
async def fleet(platform, tenant) -> None:
    await seed(platform.platform, tenant.id, 300, versions=1)


@pytest.mark.usefixtures("fleet")
async def test_a_search_shows_what_matches_wherever_the_list_was(screen):
    await screen.open("/", "Fleet")
    page = screen.page
    scroller = page.get_by_role("region", name="Assets, scrolled")
    last = page.get_by_test_id("asset-press-000299")
    while await last.count() == 0:
        await scroller.evaluate("list => { list.scrollTop = list.scrollHeight }")
        await page.wait_for_timeout(50)
    assert await page.get_by_role("row").count() < 60
    await page.wait_for_timeout(4_500)  # the rows in view were asked for again meanwhile
    await page.get_by_role("searchbox", name="Search asset, line or site").fill("forging press 27")
    await expect(page.get_by_text("5 of 300 assets")).to_be_visible()
    await expect(page.get_by_test_id("asset-press-000027")).to_be_visible()
    rows = page.locator("[data-testid^=asset-press-]")
    found = [await rows.nth(place).get_attribute("data-testid") for place in range(await rows.count())]
    assert found == [f"asset-press-{number:06}" for number in (27, 270, 273, 276, 279)]
    assert page.url.endswith("search=forging+press+27")


@pytest.mark.usefixtures("fleet")
async def test_a_label_query_narrows_the_list_or_says_where_it_is_wrong(screen):
    await screen.open("/", "Fleet")
    page = screen.page
    labels = page.get_by_role("searchbox", name="Labels, such as line=3, !retired")
    await labels.fill("hall in (7, ")
    await expect(page.get_by_text("wrong at character 12: expected a value")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("fleet-labels-wrong")
    await labels.fill("hall in (7, 8), !retired")
    await expect(page.get_by_text("60 of 300 assets")).to_be_visible()
    await expect(page.get_by_test_id("asset-press-000007")).to_be_visible()
    await screen.shot("fleet-labels")
    await page.reload()
    await expect(labels).to_have_value("hall in (7, 8), !retired")
    await page.get_by_role("link", name="Stamping press 7", exact=True).click()
    await expect(page.get_by_text("hall=7", exact=True)).to_be_visible()
    await screen.shot("asset-labels")
