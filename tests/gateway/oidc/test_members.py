"""Who comes in by a provider of identity: members, invited ones, and nobody else."""

from urllib.parse import parse_qs, urlsplit

import pytest
from gateway_client import admin_of
from identity_provider import CLIENT, SECRET
from login_way import code_of

from gateway.auth import COOKIE
from services.kernel.rights import Role
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform


async def test_a_member_comes_in_and_the_session_is_one_as_any_other(way):
    name, browser = await way.person("ada", role=Role.ENGINEER), way.browser()
    answer = await way.login(name, browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookies = answer.headers.get_list("set-cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == [COOKIE, "andon_login"]
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)
    asked = await browser.post("/graphql", json={"query": "{ me { name role } sessions { current } }"})
    assert asked.json()["data"] == {"me": {"name": name, "role": "ENGINEER"}, "sessions": [{"current": True}]}


async def test_the_sign_in_page_learns_names_and_nothing_else(way):
    async with way.browser() as nobody:
        assert (await nobody.get(f"/v1/oidc/{way.slug}")).json() == {
            "providers": [{"id": way.provider, "name": "Works"}]
        }
        for slug in ("nobody", "x" * 500, "%00"):
            assert "providers" not in (answer := await nobody.get(f"/v1/oidc/{slug}")).json() or answer.json() == {
                "providers": []
            }


async def test_the_browser_is_sent_with_pkce_state_and_nonce(way):
    urls = [urlsplit((await way.start(way.browser())).json()["url"]) for _ in range(2)]
    asked = [{name: values[0] for name, values in parse_qs(url.query).items()} for url in urls]
    assert f"{urls[0].scheme}://{urls[0].netloc}" == way.idp.issuer
    fixed = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": way.callback,
        "scope": "openid email profile",
        "code_challenge_method": "S256",
    }
    random = {"state", "nonce", "code_challenge"}
    assert {key: value for key, value in asked[0].items() if key not in random} == fixed
    assert asked[0].keys() == fixed.keys() | random
    assert all(len(asked[0][name]) == 43 and asked[0][name] != asked[1][name] for name in random)


async def test_nothing_that_goes_over_the_wire_is_kept_as_it_is(way):
    await way.start(way.browser())
    [row] = way.rows("SELECT a::text FROM login_attempt a WHERE tenant_id = %s ORDER BY expires_at DESC LIMIT 1")
    begun = (await way.start(browser := way.browser())).json()["url"]
    [row] = way.rows("SELECT a::text FROM login_attempt a WHERE tenant_id = %s ORDER BY expires_at DESC LIMIT 1")
    asked = parse_qs(urlsplit(begun).query)
    for name in ("state", "nonce", "code_challenge"):
        assert asked[name][0] not in row[0]
    assert browser.cookies["andon_login"] not in row[0]
    [secret] = way.rows("SELECT client_secret FROM login_provider WHERE tenant_id = %s")
    assert SECRET not in secret[0]


async def test_after_the_first_time_only_the_subject_counts(way):
    name = await way.person("bo")
    assert (await way.login(name)).status_code == 303
    way.accounts[name] |= {"email": "else@example.com", "email_verified": False}
    await way.idp.told(accounts=way.accounts)
    browser = way.browser()
    assert (await way.login(name, browser)).status_code == 303
    asked = await browser.get(f"/v1/oidc/{way.slug}")
    assert asked.status_code == 200
    [bound] = way.rows("SELECT count(*) FROM login_identity WHERE tenant_id = %s AND subject = %s", name)
    assert bound == (1,)


async def test_another_person_with_the_same_address_is_not_the_member(way):
    """An address is given to somebody else one day; a subject never is."""
    first = await way.person("cy")
    assert (await way.login(first)).status_code == 303
    second = await way.person("cy-again", member=False, email=f"{first}@example.com")
    assert code_of(await way.login(second)) == (401, "IDENTITY_UNKNOWN")


@pytest.mark.parametrize(
    "told",
    [{"email_verified": False}, {"email_verified": "true"}, {"email_verified": 1}, {"email_verified": None},
     {"email": None}, {"email": 7}, {"email": "a\u0007@example.com"}],
)  # fmt: skip
async def test_an_address_that_is_not_verified_is_nobodys(way, told):
    name = await way.person("dee", **told)
    assert code_of(await way.login(name)) == (401, "IDENTITY_UNKNOWN")
    assert way.rows("SELECT * FROM login_identity WHERE tenant_id = %s AND subject = %s", name) == []


async def test_nobody_is_made_a_member_without_an_invitation(way):
    name = await way.person("eve", member=False)
    assert code_of(await way.login(name)) == (401, "IDENTITY_UNKNOWN")
    assert way.rows("SELECT * FROM member WHERE tenant_id = %s AND email = %s", f"{name}@example.com") == []


async def test_an_open_invitation_is_accepted_by_it_once(way):
    name = await way.person("fay", member=False)
    async with way.platform.unit(way.tenant) as uow:
        await tenancy.invite(uow, admin_of(way.tenant), f"{name}@example.com", Role.ENGINEER)
        await uow.commit()
    browser = way.browser()
    assert (await way.login(name, browser)).status_code == 303
    me = (await browser.post("/graphql", json={"query": "{ me { name role } }"})).json()["data"]["me"]
    assert me == {"name": name.title(), "role": "ENGINEER"}
    used = way.rows(
        "SELECT used_at IS NOT NULL FROM invitation WHERE tenant_id = %s AND email = %s", f"{name}@example.com"
    )
    assert used == [(True,)]
    [member] = way.rows("SELECT password_hash FROM member WHERE tenant_id = %s AND email = %s", f"{name}@example.com")
    assert member == (None,)


async def test_an_invitation_that_was_withdrawn_lets_nobody_in(way):
    name = await way.person("gil", member=False)
    async with way.platform.unit(way.tenant) as uow:
        made = await tenancy.invite(uow, admin_of(way.tenant), f"{name}@example.com", Role.OPERATOR)
        await tenancy.revoke_invitation(uow, admin_of(way.tenant), made.invitation.id)
        await uow.commit()
    assert code_of(await way.login(name)) == (401, "IDENTITY_UNKNOWN")


async def test_the_address_may_come_from_the_userinfo_endpoint(way):
    name = await way.person("hal")
    await way.idp.told(thin=True)
    try:
        assert (await way.login(name)).status_code == 303
    finally:
        await way.idp.told(thin=False)


async def test_domains_hold_at_the_first_time_and_after_it(way):
    inside, late = await way.person("ida"), await way.person("jon")
    assert (await way.login(inside)).status_code == 303
    assert (await way.change(domains=["works.example"]))["domains"] == ["works.example"]
    try:
        for name in (inside, late):
            assert code_of(await way.login(name)) == (401, "IDENTITY_UNKNOWN")
        assert (await way.change(domains=["@Example.com", "works.example"]))["domains"] == [
            "example.com",
            "works.example",
        ]
        for name in (inside, late):
            assert (await way.login(name)).status_code == 303
    finally:
        await way.change(domains=[])
