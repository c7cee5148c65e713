"""The whole log-in by a real provider: an admin adds it on the page, people come in by it, others are told why not."""

import pytest
from gateway_client import admin_of
from identity_provider import CLIENT, SECRET, IdentityProvider
from playwright.async_api import expect
from screen import Screen

from services.kernel.rights import Role
from services.tenancy import api as tenancy

pytestmark = [pytest.mark.platform, pytest.mark.browser]

ACCOUNTS = {
    name: {"email": f"{name}@example.com", "email_verified": name != "unverified", "name": name.title()}
    for name in ("mina", "noor", "unverified", "stranger")
}


@pytest.fixture(scope="module")
async def idp(address, tenant):
    async with IdentityProvider.running() as found:
        client = found.client(f"{address}/v1/oidc/{tenant.slug}/callback")
        await found.told(accounts=ACCOUNTS, clients=[client])
        yield found


@pytest.fixture
async def visitor(chromium, address, shots):
    """A page without a session."""
    context = await chromium.new_context(viewport={"width": 1024, "height": 900}, locale="en-GB")
    yield Screen(await context.new_page(), address, shots)
    await context.close()


async def log_in(visitor: Screen, slug: str, account: str, at: str = "/sign-in") -> None:
    """By the button, at the provider's own page, and back."""
    page = visitor.page
    await page.goto(visitor.url + at)
    await page.get_by_role("textbox", name="Tenant").fill(slug)
    await page.get_by_role("button", name="Log in by Works").click()
    await expect(page.get_by_role("heading", name="Provider of the tests")).to_be_visible()
    await page.get_by_role("textbox", name="Account").fill(account)
    await page.get_by_role("button", name="Continue").click()


async def test_an_admin_adds_a_provider_and_is_told_what_is_wrong(screen, tenant, idp):
    page = screen.page
    await screen.open("/access", "Access")
    panel = page.get_by_role("region", name="Log-in by a provider")
    await expect(panel).to_contain_text(f"{screen.url}/v1/oidc/{tenant.slug}/callback")
    await expect(panel).to_contain_text("Members sign in with passwords only")
    await panel.get_by_role("button", name="Add a provider").click()
    dialog = page.get_by_role("dialog", name="Add a provider")
    await dialog.get_by_role("textbox", name="Name on the button").fill("Works")
    await dialog.get_by_role("textbox", name="Issuer").fill(f"{idp.issuer}/realms/none")
    await dialog.get_by_role("textbox", name="Client", exact=True).fill(CLIENT)
    await dialog.get_by_label("Secret of the client").fill(SECRET)
    await dialog.get_by_role("textbox", name="Domains").fill("example.com, works.example")
    assert await screen.axe() == []
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("answered 404")
    await screen.shot("access-provider")
    await dialog.get_by_role("textbox", name="Issuer").fill(idp.issuer)
    await dialog.get_by_role("button", name="Save").click()
    row = panel.get_by_role("row").filter(has_text=idp.issuer)
    await expect(row).to_contain_text("example.com, works.example")
    await row.get_by_role("button", name="Change Works").click()
    dialog = page.get_by_role("dialog", name="Change Works")
    await expect(dialog.get_by_role("textbox", name="Issuer")).to_have_count(0)
    await dialog.get_by_role("textbox", name="Domains").fill("")
    await dialog.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("all")
    assert await screen.axe() == []
    await screen.shot("access-providers", whole=True)


async def test_a_member_logs_in_by_it_and_out(visitor, platform, tenant, idp):
    async with platform.unit(tenant) as uow:
        await tenancy.add_member(uow, admin_of(tenant), "mina@example.com", "Mina", Role.OPERATOR, None)
        await uow.commit()
    page = visitor.page
    await page.goto(f"{visitor.url}/sign-in")
    await page.get_by_role("textbox", name="Tenant").fill(tenant.slug)
    await expect(page.get_by_role("button", name="Log in by Works")).to_be_visible()
    assert await visitor.axe() == []
    await visitor.shot("sign-in-provider")
    await log_in(visitor, tenant.slug, "mina")
    await expect(page.get_by_role("heading", name="Fleet", level=1)).to_be_visible()
    assert page.url == f"{visitor.url}/"
    await page.get_by_role("button", name="Account of Mina").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in to Andon")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Tenant")).to_have_value(tenant.slug)
    await expect(page.get_by_role("button", name="Log in by Works")).to_be_visible()


async def test_an_invited_person_comes_in_without_the_link(visitor, platform, tenant, idp):
    async with platform.unit(tenant) as uow:
        await tenancy.invite(uow, admin_of(tenant), "noor@example.com", Role.ENGINEER)
        await uow.commit()
    await log_in(visitor, tenant.slug, "noor")
    await expect(visitor.page.get_by_role("button", name="Account of Noor")).to_be_visible()


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ("stranger", "nobody in this tenant is you"),
        ("unverified", "nobody in this tenant is you"),
        ("no-account", "The provider did not let you in"),
    ],
)
async def test_who_is_not_let_in_is_told_why(visitor, tenant, idp, account, why):
    await log_in(visitor, tenant.slug, account)
    await expect(visitor.page.get_by_role("status")).to_contain_text(why)
    await expect(visitor.page.get_by_role("heading", name="Sign in to Andon")).to_be_visible()
    assert await visitor.axe() == []
    await visitor.shot(f"sign-in-refused-{account}")


async def test_a_tenant_without_providers_shows_no_button(visitor, other_tenant):
    page = visitor.page
    await page.goto(f"{visitor.url}/sign-in")
    async with page.expect_response(lambda answer: answer.url.endswith(f"/v1/oidc/{other_tenant.slug}")):
        await page.get_by_role("textbox", name="Tenant").fill(other_tenant.slug)
    await expect(page.get_by_role("button")).to_have_count(1)


async def test_a_provider_is_removed(screen, visitor, tenant, idp):
    await screen.open("/access", "Access")
    panel = screen.page.get_by_role("region", name="Log-in by a provider")
    await panel.get_by_role("button", name="Remove Works").click()
    await screen.page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    await expect(panel).to_contain_text("Members sign in with passwords only")
    await visitor.page.goto(f"{visitor.url}/sign-in")
    async with visitor.page.expect_response(lambda answer: "/v1/oidc/" in answer.url):
        await visitor.page.get_by_role("textbox", name="Tenant").fill(tenant.slug)
    await expect(visitor.page.get_by_role("button", name="Log in by Works")).to_have_count(0)
