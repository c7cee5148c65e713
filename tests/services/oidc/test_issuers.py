"""Asking an issuer: what is believed of it, how often it is asked, and where we are not led."""

import asyncio
import json
import ssl
from collections import deque
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from gateway_client import BASE
from joserfc import jwk, jws
from receiver import HANG, Receiver, answer

from gateway.app import issuers
from gateway.settings import GatewaySettings
from infra.local import certificates
from infra.local.state import State
from services.kernel.ids import TenantId, new_id
from services.kernel.outward import NoAnswer, Outward
from services.kernel.reach import Reach
from services.oidc import model
from services.oidc.adapters import issuers as adapter
from services.oidc.adapters.issuers import Issuers
from services.oidc.errors import ProviderUnusable
from services.oidc.tokens import KeyUnknown, Person, TokenRefused, Wanted

HERE, TENANT = Reach.of("127.0.0.0/8"), TenantId(new_id())
KEYS = {"keys": [jwk.generate_key("EC", "P-256", {"kid": "e"}).as_dict(private=False)]}


def of_json(value: object, status: int = 200) -> bytes:
    return answer(status, json.dumps(value).encode())


def said_by(issuer: str, /, **more: Any) -> dict[str, Any]:
    """What a provider says of itself."""
    endpoints = {f"{name}_endpoint": f"{issuer}/{name}" for name in ("authorization", "token", "userinfo")}
    known = {"issuer": issuer, **endpoints, "jwks_uri": f"{issuer}/keys"} | more
    return {name: value for name, value in known.items() if value is not ...}


def asking(reach: Reach = HERE, *, leads_to: str = "127.0.0.1", clock: Any = None) -> Issuers:
    async def resolve(host: str, port: int) -> list[str]:
        del host, port
        return [leads_to]

    way = Outward(reach, resolve, httpx.create_ssl_context())
    return Issuers(way, clock) if clock else Issuers(way)


@pytest.fixture
async def receiver():
    async with Receiver.listening() as found:
        yield found


async def test_what_an_issuer_says_is_kept_a_while_and_apart_for_each_tenant(receiver):
    now = [0.0]
    known = asking(clock=lambda: now[0])
    receiver.usual = of_json(said_by(receiver.url, authorization_response_iss_parameter_supported=True))
    for tenant in (TENANT, TENANT, TenantId(new_id())):
        found = await known.discover(tenant, receiver.url)
        assert (found.token_endpoint, found.posts_secret, found.names_issuer) == (f"{receiver.url}/token", False, True)
    assert [each.target for each in receiver.requests] == ["/.well-known/openid-configuration"] * 2
    now[0] = adapter.KEPT_S + 1
    await known.discover(TENANT, receiver.url)
    assert len(receiver.requests) == 3


async def test_a_provider_is_good_if_it_says_what_is_needed_and_shows_a_key(receiver):
    receiver.answers += [of_json(said_by(receiver.url)), of_json(KEYS)]
    await asking().check(TENANT, receiver.url)
    assert [each.target for each in receiver.requests] == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"issuer": "https://other.example"}, "It calls itself “https://other.example”"),
        ({"issuer": ...}, "It calls itself “None”"),
        ({"token_endpoint": ...}, "announces no `token_endpoint`"),
        ({"jwks_uri": 7}, "announces no `jwks_uri`"),
        ({"response_types_supported": ["id_token"]}, "authorization code flow"),
        ({"response_types_supported": "code"}, "authorization code flow"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
    ],
)
async def test_what_is_missing_is_said(receiver, told, why):
    receiver.usual = of_json(said_by(receiver.url, **told))
    with pytest.raises(ProviderUnusable, match=why) as caught:
        await asking().check(TENANT, receiver.url)
    assert caught.value.field == "issuer"


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "url",
    ["http://idp.example/x", "https://10.0.0.1/x", "https://[::1]/x", "https://a:b@idp.example/x", "file:///etc/passwd",
     "javascript:alert(1)", "https://idp.example/x#y", "//idp.example", "https://\u0435xample.com/", "http://127.0.0.1.nip.io/"],
)  # fmt: skip
async def test_what_is_announced_is_judged_like_the_issuer(receiver, name, url):
    receiver.usual = of_json(said_by(receiver.url, **{name: url}))
    with pytest.raises(ProviderUnusable, match=f"`{name}` cannot be asked"):
        await asking().check(TENANT, receiver.url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_nowhere(receiver, status):
    async with Receiver.listening() as inner:
        receiver.usual = answer(status, b"", f"Location: {inner.url}/.well-known/openid-configuration")
        inner.usual = of_json(said_by(receiver.url))
        with pytest.raises(ProviderUnusable, match="a redirect"):
            await asking().check(TENANT, receiver.url)
        assert inner.connections == 0


@pytest.mark.parametrize("leads_to", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
async def test_a_name_that_leads_inside_is_not_asked(receiver, leads_to):
    port = receiver.url.rpartition(":")[2]
    with pytest.raises(ProviderUnusable, match="no public address"):
        await asking(Reach(), leads_to=leads_to).check(TENANT, f"https://idp.example:{port}")
    assert receiver.connections == 0


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(200, b"<html>"), "no JSON object"),
        (answer(200, b"[]"), "no JSON object"),
        (answer(200, b'{"a":"' + b"x" * 300_000 + b'"}'), "more than 262,144 bytes"),
        (answer(500, b"no"), "answered 500"),
        (answer(404), "answered 404"),
        (b"SSH-2.0-x\r\n", "no HTTP"),
    ],
)
async def test_answers_that_are_none_are_said(receiver, reply, why):
    receiver.answers.append(reply)
    with pytest.raises(ProviderUnusable, match=why):
        await asking().check(TENANT, receiver.url)


async def test_who_hangs_is_left(receiver, monkeypatch):
    monkeypatch.setattr(adapter, "SECONDS", 0.2)
    receiver.answers.append(HANG)
    with pytest.raises(ProviderUnusable, match="no whole answer"):
        await asking().check(TENANT, receiver.url)


async def test_without_a_key_that_could_sign_it_is_not_good(receiver):
    for keys in ({"keys": []}, {"keys": [{"kty": "oct", "k": "AA"}]}, {}):
        receiver.answers = deque([of_json(said_by(receiver.url)), of_json(keys)])
        with pytest.raises(ProviderUnusable, match="shows no key"):
            await asking().check(TENANT, receiver.url)


async def test_a_key_that_a_provider_withdrew_is_believed_no_longer(receiver):
    now, moment = [0.0], datetime(2026, 3, 1, tzinfo=UTC)
    first, second = (jwk.generate_key("EC", "P-256", {"kid": kid}) for kid in ("first", "second"))
    wanted = Wanted(receiver.url, "andon", model.digest_of("n"), moment)
    said = {"iss": receiver.url, "aud": "andon", "sub": "ada", "nonce": "n"}
    times = {"iat": int(moment.timestamp()), "exp": int(moment.timestamp()) + 60}
    token = jws.serialize_compact({"alg": "ES256", "kid": "first"}, json.dumps(said | times), first)
    known = asking(clock=lambda: now[0])
    receiver.answers += [of_json(said_by(receiver.url)), of_json({"keys": [first.as_dict(private=False)]})]
    metadata = await known.discover(TENANT, receiver.url)
    for now[0] in (0.0, adapter.KEPT_S - 1):
        assert (await known.person(TENANT, metadata, token, wanted, None)).subject == "ada"
    receiver.usual = of_json({"keys": [second.as_dict(private=False)]})
    now[0] = adapter.KEPT_S + 1
    with pytest.raises(KeyUnknown):
        await known.person(TENANT, metadata, token, wanted, None)
    assert len(receiver.requests) == 3, "and keys that were just read are not asked for again"


async def test_many_who_wait_for_an_issuer_that_hangs_do_not_wait_in_a_row(receiver, monkeypatch):
    monkeypatch.setattr(adapter, "SECONDS", 0.3)
    now = [0.0]
    known = asking(clock=lambda: now[0])
    receiver.usual = HANG
    async with asyncio.timeout(2):
        found = await asyncio.gather(*(known.discover(TENANT, receiver.url) for _ in range(20)), return_exceptions=True)
    assert {type(each) for each in found} == {NoAnswer}
    assert receiver.connections == 1
    receiver.usual, now[0] = of_json(said_by(receiver.url)), adapter.FAILED_S
    assert (await known.discover(TENANT, receiver.url)).issuer == receiver.url


async def test_the_userinfo_endpoint_speaks_of_the_same_person_or_of_nobody(receiver):
    known, plain = asking(), Person("ada", None, False, None)
    receiver.answers.append(of_json(said_by(receiver.url)))
    metadata = await known.discover(TENANT, receiver.url)
    receiver.answers.append(of_json({"sub": "ada", "email": "ada@example.com", "email_verified": True}))
    assert await known.more_of(metadata, plain, "token") == Person("ada", "ada@example.com", True, None)
    assert receiver.requests[-1].headers["authorization"] == "Bearer token"
    receiver.answers.append(of_json({"sub": "bo", "email": "ada@example.com", "email_verified": True}))
    with pytest.raises(TokenRefused, match="somebody else"):
        await known.more_of(metadata, plain, "token")
    receiver.answers.append(answer(401))
    assert await known.more_of(metadata, plain, "token") == plain
    asked = len(receiver.requests)
    for none in (None, "", "a\r\nx: y", "ä"):
        assert await known.more_of(metadata, plain, none) == plain
    assert len(receiver.requests) == asked


async def test_a_code_that_is_refused_is_no_fault_of_the_way(receiver):
    known = asking()
    receiver.answers.append(of_json(said_by(receiver.url)))
    metadata = await known.discover(TENANT, receiver.url)
    receiver.answers.append(of_json({"error": "invalid_grant"}, 400))
    with pytest.raises(TokenRefused, match="400: 'invalid_grant'"):
        await known.redeem(metadata, {}, b"code=x")
    receiver.answers.append(answer(307, b"", f"Location: {BASE}"))
    with pytest.raises(NoAnswer, match="redirect"):
        await known.redeem(metadata, {}, b"code=x")


async def test_an_authority_of_the_house_is_known_by_its_file(tmp_path):
    certificates.ensure(State(tmp_path), tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    settings = {"secret": "s" * 32, "oidc_networks": "127.0.0.0/8"}
    async with Receiver.listening(server) as receiver:
        receiver.answers = deque([of_json(said_by(receiver.url)), of_json(KEYS)])
        with pytest.raises(ProviderUnusable, match=r"(?i)certificate verify failed"):
            await issuers(GatewaySettings.model_validate(settings)).check(TENANT, receiver.url)
        knowing = GatewaySettings.model_validate(settings | {"oidc_ca_file": tmp_path / "ca.crt"})
        await issuers(knowing).check(TENANT, receiver.url)
        assert len(receiver.requests) == 2


def test_networks_that_are_none_are_refused_at_the_start():
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        GatewaySettings.model_validate({"secret": "s" * 32, "oidc_networks": "10.0.0.1/8"})
