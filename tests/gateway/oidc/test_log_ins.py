"""A log-in from its beginning to its end: states, codes, browsers, and how often it may be tried."""

import asyncio
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import psycopg
import pytest
from gateway_client import make_app
from login_way import code_of

pytestmark = pytest.mark.platform


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
