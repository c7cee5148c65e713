"""Log-in by a provider of identity, against the npm package `oidc-provider`: the whole way, and what is refused."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import psycopg
import pytest
from gateway_client import BASE, admin_of, http_client, make_app, signed_in
from identity_provider import CLIENT, SECRET, IdentityProvider

from gateway.auth import COOKIE
from gateway.relay import split_id
from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform

ADD = """mutation ($input: AddLoginProviderInput!) { addLoginProvider(input: $input) {
  __typename ... on LoginProvider { id name issuer clientId hasSecret domains createdBy }
  ... on Error { code field message }
} }"""
CHANGE = """mutation ($input: ChangeLoginProviderInput!) { changeLoginProvider(input: $input) {
  __typename ... on LoginProvider { id name clientId hasSecret domains } ... on Error { code field }
} }"""
REMOVE = """mutation ($input: RemoveLoginProviderInput!) { removeLoginProvider(input: $input) {
  __typename ... on LoginProvider { id } ... on Error { code }
} }"""


def account(name: str, **more: Any) -> dict[str, dict[str, Any]]:
    """One of the provider: subject `name`, with a verified address."""
    return {name: {"email": f"{name}@example.com", "email_verified": True, "name": name.title()} | more}


@pytest.fixture(scope="module")
def app(platform):
    return make_app(platform.platform, oidc_networks="127.0.0.0/8", failed_sign_ins=1000)


@pytest.fixture(scope="module")
async def idp() -> AsyncIterator[IdentityProvider]:
    async with IdentityProvider.running() as found:
        yield found


@dataclass
class Way:
    """A tenant that trusts the provider, and people who try to come in."""

    platform: Any
    app: Any
    tenant: Any
    idp: IdentityProvider
    provider: str = ""
    accounts: dict[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.tenant.slug

    @property
    def callback(self) -> str:
        return f"{BASE}/v1/oidc/{self.slug}/callback"

    async def add(self, **more: Any) -> dict[str, Any]:
        admin = await signed_in(self.app, self.tenant)
        known = {"name": "Works", "issuer": self.idp.issuer, "clientId": CLIENT, "clientSecret": SECRET}
        return (await admin.ask(ADD, input=known | more))["addLoginProvider"]

    async def change(self, **what: Any) -> dict[str, Any]:
        admin = await signed_in(self.app, self.tenant)
        listed = (await admin.ask("{ loginProviders { id } }"))["loginProviders"]
        return (await admin.ask(CHANGE, input={"providerId": listed[0]["id"], **what}))["changeLoginProvider"]

    async def person(self, name: str, *, member: bool = True, role: Role = Role.OPERATOR, **more: Any) -> str:
        """Makes an account of a name like that, and a member with its address unless there is to be none."""
        name = f"{name}-{new_id().hex[-8:]}"
        self.accounts |= account(name, **more)
        await self.idp.told(accounts=self.accounts)
        if member:
            async with self.platform.unit(self.tenant) as uow:
                email = f"{name}@example.com"
                await tenancy.add_member(uow, admin_of(self.tenant), email, name, role, None)
                await uow.commit()
        return name

    def browser(self) -> httpx.AsyncClient:
        return http_client(self.app)

    async def start(self, browser: httpx.AsyncClient, provider: str | None = None) -> httpx.Response:
        return await browser.post(f"/v1/oidc/{self.slug}/start", json={"provider": provider or self.provider})

    async def returned(self, browser: httpx.AsyncClient, name: str) -> str:
        """The address at which the person comes back."""
        return await self.idp.let_in((await self.start(browser)).json()["url"], name)

    async def login(self, name: str, browser: httpx.AsyncClient | None = None) -> httpx.Response:
        browser = browser or self.browser()
        return await browser.get(await self.returned(browser, name))

    def rows(self, query: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.platform.superuser_url) as connection:
            return connection.execute(query, [self.tenant.id, *values]).fetchall()


async def _way(platform, app, tenant, idp) -> Way:
    way = Way(platform, app, tenant, idp)
    slugs.append(way.callback)
    await idp.told(clients=[idp.client(*slugs)])
    added = await way.add()
    assert added["__typename"] == "LoginProvider", added
    way.provider = str(split_id(added["id"])[1])
    return way


slugs: list[str] = []


@pytest.fixture(scope="module")
async def way(platform, app, tenant, idp) -> Way:
    return await _way(platform, app, tenant, idp)


@pytest.fixture
async def spoil(idp):
    """Makes the provider hand out spoilt tokens until the end of the test."""

    async def told(**how: Any) -> None:
        await idp.told(spoil=how)

    yield told
    await idp.told(spoil=None)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


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


REFUSED = {
    "another issuer": {"claims": {"iss": "https://other.example"}},
    "another client": {"claims": {"aud": "another"}},
    "other clients too, and none it was issued to": {"claims": {"aud": [CLIENT, "another"]}},
    "issued to another client": {"claims": {"azp": "another"}},
    "audience of no kind": {"claims": {"aud": {CLIENT: CLIENT}}},
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"drop": ["nonce"]},
    "expired": {"claims": {"exp": 1_000_000_000}},
    "no end": {"drop": ["exp"]},
    "an end that is text": {"claims": {"exp": "9999999999"}},
    "an end without end": {"claims": {"exp": 1e308}},
    "of the future": {"claims": {"iat": 9_999_999_999}},
    "not yet": {"claims": {"nbf": 9_999_999_999}},
    "about nobody": {"drop": ["sub"]},
    "about an empty name": {"claims": {"sub": ""}},
    "about a number": {"claims": {"sub": 7}},
    "another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "not signed": {"header": {"alg": "none"}, "signature": "none"},
    "not signed, in other letters": {"header": {"alg": "nOnE"}, "signature": "none"},
    "no signature": {"signature": "none"},
    "signed with the public key as a secret": {"header": {"alg": "HS256"}, "signature": "hmac"},
    "signed by a stranger": {"signature": "stranger"},
    "signed by a stranger who brings the key": {
        "header": {"jwk": {"kty": "oct", "k": "AA"}}, "signature": "stranger",
    },
    "signed with a key of another kind": {"header": {"alg": "ES256"}},
    "a header that must be understood": {"header": {"crit": ["exp"], "exp": 1}},
}  # fmt: skip


@pytest.mark.parametrize("how", REFUSED.values(), ids=REFUSED.keys())
async def test_a_token_that_is_not_good_opens_nothing(way, spoil, how):
    name = await way.person("kim")
    await spoil(**how)
    browser = way.browser()
    answer = await way.login(name, browser)
    assert code_of(answer) == (401, "LOGIN_REFUSED")
    assert COOKIE not in browser.cookies
    assert way.rows("SELECT * FROM login_identity WHERE tenant_id = %s AND subject = %s", name) == []
    session = (
        "SELECT s.id FROM login_session s JOIN member m ON m.id = s.member_id WHERE s.tenant_id = %s AND email = %s"
    )
    assert way.rows(session, f"{name}@example.com") == []


async def test_a_token_within_the_leeway_is_good(way, spoil):
    name = await way.person("lea")
    now = time.time()
    await spoil(claims={"exp": int(now) - 20, "iat": int(now) + 20, "nbf": int(now) + 20})
    assert (await way.login(name)).status_code == 303


async def test_a_state_is_good_once(way):
    name, browser = await way.person("max"), way.browser()
    url = await way.returned(browser, name)
    cookie = browser.cookies["andon_login"]
    assert (await browser.get(url)).status_code == 303
    browser.cookies.clear()
    browser.cookies.set("andon_login", cookie)
    assert code_of(await browser.get(url)) == (401, "LOGIN_ATTEMPT_REFUSED")


async def test_of_two_at_once_one_gets_in(way):
    name, browser = await way.person("mia"), way.browser()
    url = await way.returned(browser, name)
    jar = dict(browser.cookies)
    browsers = [way.browser() for _ in range(4)]
    for each in browsers:
        each.cookies.update(jar)
    answers = await asyncio.gather(*(each.get(url) for each in browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 401, 401, 401]


async def test_a_code_is_good_once_also_with_another_state(way):
    name, browser = await way.person("ned"), way.browser()
    url = await way.returned(browser, name)
    code = parse_qs(urlsplit(url).query)["code"][0]
    assert (await browser.get(url)).status_code == 303
    begun = parse_qs(urlsplit((await way.start(browser)).json()["url"]).query)
    query = urlencode({"code": code, "state": begun["state"][0], "iss": way.idp.issuer})
    assert code_of(await browser.get(f"{way.callback}?{query}")) == (401, "LOGIN_REFUSED")


async def test_a_code_of_another_log_in_is_refused(way):
    """Whoever slips their own code into somebody's browser does not get them into a session of theirs."""
    thief, name = await way.person("olaf"), await way.person("pia")
    stolen = parse_qs(urlsplit(await way.returned(way.browser(), thief)).query)["code"][0]
    browser = way.browser()
    mine = parse_qs(urlsplit(await way.returned(browser, name)).query)
    query = urlencode({"code": stolen, "state": mine["state"][0], "iss": way.idp.issuer})
    assert code_of(await browser.get(f"{way.callback}?{query}")) == (401, "LOGIN_REFUSED")


async def test_a_log_in_ends_in_the_browser_that_began_it(way):
    name = await way.person("quin")
    url = await way.returned(browser := way.browser(), name)
    for other in (way.browser(), way.browser()):
        assert code_of(await other.get(url)) == (401, "LOGIN_ATTEMPT_REFUSED")
    assert (await browser.get(url)).status_code == 303, "and is not used up by others"


async def test_a_log_in_that_takes_too_long_is_over(way):
    name, browser = await way.person("ray"), way.browser()
    url = await way.returned(browser, name)
    with psycopg.connect(way.platform.superuser_url) as connection:
        connection.execute(
            "UPDATE login_attempt SET expires_at = now() - interval '1 second' WHERE tenant_id = %s", [way.tenant.id]
        )
    assert code_of(await browser.get(url)) == (401, "LOGIN_ATTEMPT_REFUSED")
    await way.start(browser)
    [left] = way.rows("SELECT count(*) FROM login_attempt WHERE tenant_id = %s")
    assert left == (1,), "those that are over are gone"


@pytest.mark.parametrize("state", ["", "x" * 43, "x" * 5000, "%00", "%ff"])
async def test_a_state_that_nobody_gave_is_refused(way, state):
    browser = way.browser()
    await way.start(browser)
    answer = await browser.get(f"{way.callback}?code=x&state={state}&iss={way.idp.issuer}")
    assert code_of(answer) == (401, "LOGIN_ATTEMPT_REFUSED")


async def test_who_answers_must_be_who_was_asked(way):
    """Mix-up: the provider promises to name itself, so what comes without its name, or with another one, is not its."""
    name = await way.person("sam")
    for issuer in (None, "https://other.example", way.idp.issuer + "/"):
        browser = way.browser()
        query = parse_qs(urlsplit(await way.returned(browser, name)).query)
        asked = {"code": query["code"][0], "state": query["state"][0]} | ({"iss": issuer} if issuer else {})
        assert code_of(await browser.get(f"{way.callback}?{urlencode(asked)}")) == (401, "LOGIN_REFUSED")


async def test_an_answer_that_says_things_twice_is_refused(way):
    name, browser = await way.person("tom"), way.browser()
    url = await way.returned(browser, name)
    assert code_of(await browser.get(f"{url}&code=another")) == (401, "LOGIN_REFUSED")


async def test_a_provider_that_says_no_is_told(way):
    browser = way.browser()
    answer = await way.login("nobody-there", browser)
    assert code_of(answer) == (401, "LOGIN_REFUSED")
    url = await way.returned(browser, "nobody-there")
    shown = await browser.get(url, headers={"Accept": "text/html"})
    assert (shown.status_code, shown.headers["location"]) == (303, "/sign-in?why=refused")


async def test_a_browser_is_told_why_on_the_sign_in_page(way):
    name, html = await way.person("uma", member=False), {"Accept": "text/html"}
    browser = way.browser()
    answer = await browser.get(await way.returned(browser, name), headers=html)
    assert answer.headers["location"] == "/sign-in?why=unknown"
    assert (await browser.get(f"{way.callback}?state=x", headers=html)).headers["location"] == "/sign-in?why=over"


async def test_keys_are_rotated(way, monkeypatch):
    clock = [1000.0]
    issuers = way.app.state.gateway.issuers
    monkeypatch.setattr(issuers, "_clock", lambda: clock[0])
    issuers._known.clear()
    name = await way.person("val")
    assert (await way.login(name)).status_code == 303
    before = (await way.idp.told(rotate=True))["/jwks"]
    assert code_of(await way.login(name)) == (401, "LOGIN_REFUSED"), "keys were read a moment ago"
    assert (await way.idp.told())["/jwks"] == before
    clock[0] += 31
    assert (await way.login(name)).status_code == 303
    assert (await way.idp.told())["/jwks"] == before + 1


async def test_tokens_of_unknown_keys_do_not_make_us_ask_each_time(way, spoil, monkeypatch):
    clock = [1000.0]
    issuers = way.app.state.gateway.issuers
    monkeypatch.setattr(issuers, "_clock", lambda: clock[0])
    issuers._known.clear()
    name = await way.person("wim")
    assert (await way.login(name)).status_code == 303
    clock[0] += 31
    before = (await way.idp.told())["/jwks"]
    await spoil(header={"kid": "nobody's"})
    for _ in range(4):
        assert code_of(await way.login(name)) == (401, "LOGIN_REFUSED")
    assert (await way.idp.told())["/jwks"] == before + 1


async def test_another_tenants_provider_counts_for_nothing_here(way, platform, app, other_tenant, idp):
    theirs = await _way(platform, app, other_tenant, idp)
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


async def test_failures_make_the_next_try_wait(way, platform):
    hasty = replace(way, app=make_app(platform.platform, oidc_networks="127.0.0.0/8", failed_sign_ins=3))
    for _ in range(4):
        answer = await hasty.browser().get(f"{way.callback}?state=x&code=y")
        assert code_of(answer) == (401, "LOGIN_ATTEMPT_REFUSED"), "anybody could send those"
    late = hasty.browser()
    url = await hasty.returned(late, "nobody-there")
    for _ in range(3):
        assert code_of(await hasty.login("nobody-there")) == (401, "LOGIN_REFUSED")
    refused = await late.get(url)
    assert code_of(refused) == (429, "EXHAUSTED")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert (await hasty.start(hasty.browser())).status_code == 429


async def test_attempts_are_bounded(way, monkeypatch):
    monkeypatch.setattr("services.oidc.model.MOST_ATTEMPTS", 3)
    for _ in range(5):
        await way.start(way.browser())
    assert way.rows("SELECT count(*) FROM login_attempt WHERE tenant_id = %s") == [(3,)]


async def test_a_page_of_another_origin_begins_nothing(way):
    browser = way.browser()
    browser.headers["origin"] = "https://evil.example"
    assert code_of(await way.start(browser)) == (403, "ORIGIN_REFUSED")
    answer = await way.browser().post(f"/v1/oidc/{way.slug}/start", data={"provider": way.provider})
    assert answer.status_code == 415


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
