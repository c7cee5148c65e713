"""Providers of identity of a tenant: taken up, tried, changed, removed."""

from dataclasses import replace

import pytest
from gateway_client import admin_of, make_app, signed_in
from identity_provider import CLIENT, SECRET
from login_way import REMOVE, Way, code_of, trusting

from gateway.relay import split_id
from services.kernel.ids import new_id
from services.kernel.rights import system_principal
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform


async def test_another_tenants_provider_counts_for_nothing_here(way, platform, app, other_tenant, idp):
    theirs = await trusting(platform, app, other_tenant, idp)
    name = await way.person("xan")
    theirs.accounts = way.accounts
    assert code_of(await way.start(way.browser(), theirs.provider)) == (404, "LOGIN_PROVIDER_NOT_FOUND")
    assert code_of(await way.start(way.browser(), str(new_id()))) == (404, "LOGIN_PROVIDER_NOT_FOUND")
    assert code_of(await way.start(way.browser(), "nonsense")) == (404, "LOGIN_PROVIDER_NOT_FOUND")
    browser = way.browser()
    url = await theirs.returned(browser, name)
    moved = url.replace(f"/{theirs.slug}/", f"/{way.slug}/")
    browser.cookies.set("andon_login", browser.cookies["andon_login"], path="/")
    assert code_of(await browser.get(moved)) == (401, "LOGIN_ATTEMPT_REFUSED")
    assert code_of(await browser.get(url)) == (401, "IDENTITY_UNKNOWN"), "the same person is nobody over there"
    assert (await way.login(name)).status_code == 303


async def test_a_suspended_tenant_is_closed_to_who_has_shown_who_they_are(way):
    name = await way.person("yan")
    async with way.platform.unit(way.tenant) as uow:
        await tenancy.suspend_tenant(uow, system_principal(way.tenant.id))
        await uow.commit()
    try:
        browser = way.browser()
        answer = await way.login(name, browser)
        assert code_of(answer) == (403, "TENANT_SUSPENDED")
        url = await way.returned(browser, name)
        shown = await browser.get(url, headers={"Accept": "text/html"})
        assert shown.headers["location"] == "/sign-in?why=closed"
        assert way.rows("SELECT * FROM login_identity WHERE tenant_id = %s AND subject = %s", name) == []
    finally:
        async with way.platform.unit(way.tenant) as uow:
            await tenancy.resume_tenant(uow, system_principal(way.tenant.id))
            await uow.commit()
    assert (await way.login(name)).status_code == 303


async def test_a_removed_member_comes_in_no_more(way):
    name = await way.person("zoe")
    assert (await way.login(name)).status_code == 303
    async with way.platform.unit(way.tenant) as uow:
        member = await tenancy.member_by_email(uow, f"{name}@example.com")
        await tenancy.remove_member(uow, admin_of(way.tenant), member.id)
        await uow.commit()
    assert code_of(await way.login(name)) == (401, "IDENTITY_UNKNOWN")


async def test_the_trail_says_who_was_bound_and_what_was_changed(way):
    name = await way.person("abe")
    await way.login(name)
    await way.change(clientSecret="another secret", name="Works again")
    await way.change(clientSecret=SECRET, name="Works")
    trail = """SELECT r.actor_name, r.action, c.before, c.after FROM audit_change c
      JOIN audit_record r ON r.tenant_id = c.tenant_id AND r.id = c.record_id
      WHERE c.tenant_id = %s AND c.kind = %s ORDER BY r.number"""
    bound = [row for row in way.rows(trail, "LoginIdentity") if row[3] and row[3]["subject"] == name]
    assert [(who, action) for who, action, *_ in bound] == [(name, "tenancy.sign_in")]
    told = way.rows(trail, "LoginProvider")
    assert told[0][:2] == ("Admin", "oidc.add_provider")
    assert told[0][3] == {
        "name": "Works", "issuer": way.idp.issuer, "client_id": CLIENT, "domains": [], "client_secret": "•••",
    }  # fmt: skip
    assert (told[-2][2], told[-2][3]) == (
        {"name": "Works", "client_secret": "•••"},
        {"name": "Works again", "client_secret": "•••"},
    )


async def test_a_provider_is_asked_before_it_is_trusted(way, platform):
    for issuer, code, said in [
        ("http://127.0.0.1:1", "PROVIDER_UNUSABLE", "no connection"),
        (way.idp.issuer + "/elsewhere", "PROVIDER_UNUSABLE", "answered 404"),
        (way.idp.issuer.replace("127.0.0.1", "localhost"), "PROVIDER_UNUSABLE", "It calls itself “http://127.0.0.1"),
        ("http://idp.example", "ISSUER_INVALID", "https only"),
        ("https://10.1.2.3", "ISSUER_INVALID", "no public address"),
        ("https://u:p@idp.example", "ISSUER_INVALID", "without a user"),
        ("https://idp.example/?a=b", "ISSUER_INVALID", "no query"),
        ("nonsense", "ISSUER_INVALID", "Give an https"),
    ]:
        refused = await way.add(issuer=issuer)
        assert (refused.get("code"), refused.get("field")) == (code, "issuer"), refused
        assert said in refused["message"], refused
    assert (await way.add())["code"] == "PROVIDER_EXISTS"
    for wrong, where in [({"name": " "}, "name"), ({"clientId": "ä"}, "clientId"), ({"domains": ["x@y"]}, "domains")]:
        refused = await way.add(**wrong)
        assert (refused["code"], refused["field"]) == ("PROVIDER_INVALID", where)
    closed = replace(way, app=make_app(platform.platform))
    refused = await closed.add()
    assert (refused["code"], refused["field"]) == ("ISSUER_INVALID", "issuer")


async def test_a_provider_that_is_removed_lets_nobody_in(way, platform, app, other_tenant, idp):
    admin = await signed_in(app, other_tenant)
    listed = (await admin.ask("{ loginProviders { id } }"))["loginProviders"]
    theirs = Way(platform, app, other_tenant, idp, str(split_id(listed[0]["id"])[1]), way.accounts)
    name = await theirs.person("bea")
    browser, late = theirs.browser(), theirs.browser()
    assert (await theirs.login(name, browser)).status_code == 303
    url = await theirs.returned(late, name)
    removed = (await admin.ask(REMOVE, input={"providerId": listed[0]["id"]}))["removeLoginProvider"]
    assert removed == {"__typename": "LoginProvider", "id": listed[0]["id"]}
    assert code_of(await late.get(url)) == (401, "LOGIN_ATTEMPT_REFUSED")
    assert code_of(await theirs.start(late)) == (404, "LOGIN_PROVIDER_NOT_FOUND")
    assert (await browser.post("/graphql", json={"query": "{ me { name } }"})).status_code in (200, 400, 403)
    assert theirs.rows("SELECT * FROM login_identity WHERE tenant_id = %s") == []
    again = (await admin.ask(REMOVE, input={"providerId": listed[0]["id"]}))["removeLoginProvider"]
    assert again == {"__typename": "NotFoundError", "code": "LOGIN_PROVIDER_NOT_FOUND"}
