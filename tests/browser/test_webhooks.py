"""Webhooks on the screen: an address is added, pinged, paused and deleted; its secret is seen once."""

import asyncio

import pytest
from playwright.async_api import expect

from services.kernel.rights import Role
from services.webhooks.jobs import CONSUMERS

pytestmark = [pytest.mark.platform, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}


async def test_an_address_is_added_pinged_and_deleted(screen, platform, tenant):
    page = screen.page
    await screen.open("/webhooks", "Webhooks")
    await expect(page.get_by_role("heading", name="No address yet")).to_be_visible()
    assert await screen.axe() == []
    await screen.shot("webhooks-empty")
    await page.get_by_role("button", name="Add an address").click()
    form = page.get_by_role("dialog")
    await form.get_by_role("textbox", name="Address").fill("http://mes.invalid/hook")
    await form.get_by_role("textbox", name="What receives it").fill("The MES")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("Webhooks go over https only.")).to_be_visible()
    await screen.shot("webhook-form")
    await form.get_by_role("textbox", name="Address").fill("https://mes.invalid/hook")
    await form.get_by_role("button", name="Save").click()
    secret = await page.get_by_test_id("secret").text_content()
    assert secret is not None
    assert secret.startswith("whsec_")
    assert await screen.axe() == []
    await page.get_by_role("button", name="I have kept it").click()
    await page.get_by_role("link", name="https://mes.invalid/hook").click()
    await expect(page.get_by_role("heading", name="The MES", level=1)).to_be_visible()
    await expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    assert secret not in await page.content()

    posting = asyncio.create_task(CONSUMERS["webhooks.sender"](platform.platform, tenant.id))
    try:
        await page.get_by_role("button", name="Send a ping").click()
        row = page.get_by_role("table", name="Deliveries").get_by_role("row").nth(1)
        await expect(row).to_contain_text("The name of the host cannot be resolved.", timeout=20_000)
        await expect(row).to_contain_text("Given up")
        await screen.shot("webhook")
        assert await screen.axe() == []
        await row.get_by_role("button", name="Send again").click()
        await expect(row).to_contain_text("Try 2", timeout=20_000)
    finally:
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("option", name="Delivered").click()
    await expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()

    stands = page.get_by_role("region", name="Where it stands")
    await page.get_by_role("button", name="Pause").click()
    await expect(stands).to_contain_text("Paused")
    await page.get_by_role("button", name="Resume").click()
    await expect(stands).to_contain_text("Active")
    await page.get_by_role("button", name="New secret").click()
    await page.get_by_role("button", name="Make it").click()
    await expect(page.get_by_test_id("secret")).not_to_have_text(secret)
    await page.get_by_role("button", name="I have kept it").click()
    await expect(stands).to_contain_text("The secret before signs as well until")
    await page.set_viewport_size(PHONE)
    await screen.shot("webhook-phone", whole=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("heading", name="No address yet")).to_be_visible()


@pytest.mark.parametrize("role", [Role.ENGINEER])
async def test_the_page_is_for_admins(screen):
    await screen.page.goto(f"{screen.url}/webhooks")
    await expect(screen.page.get_by_role("heading", name="This page is for admins")).to_be_visible()
    await expect(screen.page.get_by_role("link", name="Webhooks")).to_have_count(0)
