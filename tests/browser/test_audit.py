"""The audit trail on the screen of an admin."""

import json

import pytest
from playwright.async_api import expect

from services.kernel.rights import Role

pytestmark = [pytest.mark.platform, pytest.mark.browser, pytest.mark.usefixtures("plant")]

PHONE = {"width": 390, "height": 844}


async def test_who_did_what_is_read_narrowed_and_downloaded(screen):
    page = screen.page
    await screen.open("/access", "Access")
    await page.get_by_role("link", name="Audit trail").click()
    records = page.get_by_role("table", name="Records")
    made = records.get_by_role("row").filter(has_text="assets.create_assets")
    await expect(made).to_contain_text("Admin")
    await made.locator("summary").click()
    await expect(made).to_contain_text("Drill 1")
    assert await screen.axe() == []
    await screen.shot("audit")
    await page.get_by_label("What was done").fill("tenancy")
    await expect(made).to_have_count(0)
    await expect(records.get_by_role("row").filter(has_text="tenancy.").first).to_be_visible()
    await page.get_by_label("What was done").fill("nothing.like.it")
    await expect(page.get_by_role("heading", name="No record matches")).to_be_visible()
    await page.get_by_label("What was done").fill("")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download as NDJSON").click()
    lines = (await (await download.value).path()).read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(len(lines), 0, -1))
    await page.set_viewport_size(PHONE)
    await screen.shot("audit-phone", whole=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("role", [Role.ENGINEER])
async def test_others_than_admins_are_told_so(screen):
    await screen.page.goto(screen.url + "/audit")
    await expect(screen.page.get_by_role("heading", name="This page is for admins")).to_be_visible()
