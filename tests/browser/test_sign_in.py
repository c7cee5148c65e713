"""Signing in and out."""

import pytest
from gateway_client import admin_of
from playwright.async_api import expect

from services.kernel.rights import Role
from services.tenancy import api as tenancy

pytestmark = [pytest.mark.platform, pytest.mark.browser]
PASSWORD = "correct horse battery staple"


@pytest.fixture
async def stranger(chromium, address):
    """A page without a session."""
    context = await chromium.new_context(viewport={"width": 1024, "height": 768})
    yield await context.new_page()
    await context.close()


async def test_wrong_and_right_password(stranger, address, platform, tenant):
    async with platform.unit(tenant) as uow:
        await tenancy.add_member(uow, admin_of(tenant), "mina@example.com", "Mina", Role.OPERATOR, PASSWORD)
        await uow.commit()
    await stranger.goto(f"{address}/alarms")
    await stranger.get_by_role("textbox", name="Tenant").fill(tenant.slug)
    await stranger.get_by_role("textbox", name="E-mail").fill("mina@example.com")
    await stranger.get_by_role("textbox", name="Password").fill("wrong")
    await stranger.get_by_role("button", name="Sign in").click()
    await expect(stranger.get_by_role("alert")).to_be_visible()
    await stranger.get_by_role("textbox", name="Password").fill(PASSWORD)
    await stranger.get_by_role("button", name="Sign in").click()
    await expect(stranger.get_by_role("heading", name="Alarms", level=1)).to_be_visible()
    await expect(stranger.get_by_role("link", name="Access")).to_have_count(0)
    await stranger.get_by_role("button", name="Account of Mina").click()
    await stranger.get_by_role("button", name="Sign out").click()
    await expect(stranger.get_by_role("heading", name="Sign in to Andon")).to_be_visible()


@pytest.mark.usefixtures("built")
async def test_new_tenant_is_told_what_to_do_next(screen):
    await screen.open("/", "Fleet")
    await expect(screen.page.get_by_role("region", name="What to do next")).to_contain_text("Send readings")
