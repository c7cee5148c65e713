"""Tokens of a provider of identity: which are good, and with whose keys."""

import time

import pytest
from identity_provider import CLIENT
from login_way import code_of

from gateway.auth import COOKIE

pytestmark = pytest.mark.platform


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
