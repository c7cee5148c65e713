"""An invited person joins; links that are no longer good say so in plain words."""

import pytest
from gateway_client import admin_of
from playwright.async_api import expect
from screen import Screen

from services.kernel.rights import Role
from services.tenancy import api as tenancy

pytestmark = [pytest.mark.platform, pytest.mark.browser]
PASSWORD = "correct horse battery staple"


@pytest.fixture
async def stranger(chromium, address, shots):
    """A page without a session."""
    context = await chromium.new_context(viewport={"width": 1024, "height": 768}, locale="en-GB")
    yield Screen(await context.new_page(), address, shots)
    await context.close()


async def test_an_admin_invites_and_the_person_joins(screen, stranger, tenant):
    await screen.open("/access", "Access")
    await screen.page.get_by_role("button", name="Invite a person").click()
    await screen.page.get_by_role("textbox", name="E-mail").fill("noor@example.com")
    await screen.page.get_by_role("button", name="Make the link").click()
    link = await screen.page.get_by_test_id("secret").text_content()
    await screen.shot("access-invited")
    assert await screen.axe() == []
    await screen.page.get_by_role("button", name="I have kept it").click()
    invitations = screen.page.get_by_role("table", name="Invitations")
    await expect(invitations).to_contain_text("noor@example.com")

    assert link.startswith(f"{stranger.url}/invitation#")
    page = stranger.page
    await page.goto(link)
    await expect(page.get_by_role("heading", name=f"Join {tenant.name}")).to_be_visible()
    await expect(page.get_by_text("Admin invited noor@example.com as Operator.")).to_be_visible()
    assert await stranger.axe() == []
    await stranger.shot("invitation")
    await page.get_by_role("textbox", name="Your name").fill("Noor")
    await page.get_by_role("textbox", name="A password of your own").fill("short")
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_text("A password needs at least 12 characters.")).to_be_visible()
    await page.get_by_role("textbox", name="A password of your own").fill(PASSWORD)
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    await expect(page.get_by_role("button", name="Account of Noor")).to_be_visible()
    assert page.url == f"{stranger.url}/"

    await page.context.clear_cookies()
    await page.goto(link)
    await page.reload()
    await expect(page.get_by_role("heading", name="This invitation cannot be used")).to_be_visible()
    await stranger.shot("invitation-used")
    assert await stranger.axe() == []
    await page.get_by_role("link", name="Go to the sign-in page").click()
    await expect(page.get_by_role("textbox", name="Tenant")).to_have_value(tenant.slug)


async def test_an_invitation_is_withdrawn(screen, stranger, platform, tenant):
    async with platform.unit(tenant) as uow:
        made = await tenancy.invite(uow, admin_of(tenant), "gone@example.com", Role.OPERATOR)
        await uow.commit()
    await screen.open("/access", "Access")
    await screen.page.get_by_role("button", name="Withdraw the invitation of gone@example.com").click()
    await expect(screen.page.get_by_role("region", name="Invitations")).not_to_contain_text("gone@example.com")
    for token in (made.token, "unknown", ""):
        await stranger.page.goto(f"{stranger.url}/invitation#{token}")
        await stranger.page.reload()
        heading = stranger.page.get_by_role("heading", name="This invitation cannot be used")
        await expect(heading).to_be_visible()


async def test_a_used_login_link_leads_to_the_sign_in_page(stranger, platform, tenant):
    async with platform.unit(tenant) as uow:
        member = await tenancy.add_member(uow, admin_of(tenant), "lin@example.com", "Lin", Role.OPERATOR, PASSWORD)
        link = await tenancy.make_login_link(uow, admin_of(tenant), member.id)
        await uow.commit()
    page = stranger.page
    await page.goto(f"{stranger.url}/login?token={link}")
    await expect(page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    await page.goto(f"{stranger.url}/login?token={link}")
    await expect(page.get_by_role("heading", name="Sign in to Andon")).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text("That link was used before")
    assert await stranger.axe() == []
    await stranger.shot("sign-in-link-used")
    await page.get_by_role("textbox", name="Tenant").fill(tenant.slug)
    await page.get_by_role("textbox", name="E-mail").fill("lin@example.com")
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    assert page.url == f"{stranger.url}/"
