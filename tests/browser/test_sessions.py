"""Sessions as a member and an admin see and end them."""

import pytest
from gateway_client import signed_in
from playwright.async_api import expect

from services.kernel.rights import Role
from services.tenancy import api as tenancy

pytestmark = [pytest.mark.platform, pytest.mark.browser]

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"


async def test_own_sessions_are_seen_and_ended(screen, platform, tenant, principal):
    await screen.open("/", "Fleet")
    async with platform.unit(tenant) as uow:
        [newest] = [each for each in await tenancy.list_members(uow, principal) if each.name == "Admin"][-1:]
        link = await tenancy.make_login_link(uow, principal, newest.id)
        await uow.commit()
    await tenancy.redeem_login_link(platform.platform.database, link, FIREFOX)
    await screen.page.get_by_role("button", name="Account of Admin").click()
    await screen.page.get_by_role("link", name="Your sessions").click()
    table = screen.page.get_by_role("table", name="Signed-in browsers")
    await expect(table.get_by_role("row")).to_have_count(3)
    await expect(table).to_contain_text("this browser")
    await screen.shot("sessions")
    await screen.page.get_by_role("button", name="Sign out Firefox on Windows").click()
    await expect(table.get_by_role("row")).to_have_count(2)
    await expect(table).to_contain_text("this browser")
    await expect(screen.page.get_by_role("button", name="Sign out all others")).to_have_count(0)


async def test_an_admin_signs_a_member_out_everywhere(screen, app, tenant):
    operator = await signed_in(app, tenant, Role.OPERATOR)
    await screen.open("/access", "Access")
    row = screen.page.get_by_role("row").filter(has_text=operator.member.email)
    await row.get_by_role("button", name="Sessions").click()
    dialog = screen.page.get_by_role("dialog", name="Where Operator is signed in")
    await expect(dialog.get_by_role("row")).to_have_count(2)
    assert await screen.axe() == []
    await screen.shot("access-sessions")
    await dialog.get_by_role("button", name="Sign out everywhere").click()
    await expect(dialog).to_contain_text("Not signed in anywhere")
    assert (await operator.post("{ me { name } }")).status_code == 401
