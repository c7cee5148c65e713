"""ID tokens: what is believed, and what is not. `tests/gateway/oidc/test_tokens.py` has those of a real provider."""

import base64
import hmac
import json
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwk, jws
from joserfc.errors import SecurityWarning

from services.oidc import model, tokens
from services.oidc.tokens import KINDS, KeyUnknown, Person, TokenRefused, Wanted

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
WANTED = Wanted("https://idp.example", "andon", model.digest_of("n-1"), NOW)
SAID = {
    "iss": "https://idp.example", "aud": "andon", "sub": "ada-7", "nonce": "n-1", "iat": SECONDS, "exp": SECONDS + 600,
    "email": "ada@example.com", "email_verified": True, "name": "Ada",
}  # fmt: skip
ADA = Person("ada-7", "ada@example.com", True, "Ada")
RSA, EC = jwk.generate_key("RSA", 2048, {"kid": "r"}), jwk.generate_key("EC", "P-256", {"kid": "e"})


def signed(key: Any = RSA, algorithm: str = "RS256", *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    said = {name: value for name, value in (SAID | claims).items() if value is not ...}
    head = {"alg": algorithm, "kid": key.kid} | (header or {})
    head = {name: value for name, value in head.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jws.serialize_compact(head, json.dumps(said), key, registry=registry)


def read(token: str, *keys: Any, access_token: str | None = None, wanted: Wanted = WANTED) -> Person:
    return tokens.read(token, keys or (RSA, EC), wanted, access_token)


@pytest.mark.parametrize("algorithm", KINDS)
def test_every_algorithm_that_is_taken(algorithm):
    curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
    made = {
        "RSA": lambda: RSA,
        "EC": lambda: jwk.generate_key("EC", curves[algorithm], {"kid": "k"}),
        "OKP": lambda: jwk.generate_key("OKP", "Ed25519", {"kid": "k"}),
    }
    key = made[KINDS[algorithm]]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        assert read(signed(key, algorithm), key) == ADA


def test_what_is_signed_goes_with_the_access_token():
    """The example of OpenID Connect Core 1.0, A.3."""
    told = {"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}
    token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    assert read(signed(**told), access_token=token) == ADA
    for other in (None, token[:-1], ""):
        with pytest.raises(TokenRefused, match="at_hash"):
            read(signed(**told), access_token=other)


def test_the_times_have_a_minute_of_leeway():
    for good in ({"exp": SECONDS - 59}, {"iat": SECONDS + 60}, {"nbf": SECONDS + 60}, {"exp": SECONDS + 0.5}):
        assert read(signed(**good)) == ADA
    for bad in ({"exp": SECONDS - 60}, {"iat": SECONDS + 61}, {"nbf": SECONDS + 61}):
        with pytest.raises(TokenRefused):
            read(signed(**bad))


@pytest.mark.parametrize("value", [None, True, "1e12", [], {}, float("nan"), float("inf"), 10**40, ...])
@pytest.mark.parametrize("name", ["exp", "iat"])
def test_what_is_no_time_is_refused(name, value):
    with pytest.raises(TokenRefused, match=name):
        read(signed(**{name: value}))


def test_several_audiences_need_to_say_whom_it_was_issued_to():
    assert read(signed(aud=["andon"])) == ADA
    assert read(signed(aud=["andon", "other"], azp="andon")) == ADA
    audiences = [["andon", "other"], ["other"], [], 7, None, ...]
    for bad in (*({"aud": each} for each in audiences), {"azp": "other"}):
        with pytest.raises(TokenRefused):
            read(signed(**bad))


@pytest.mark.parametrize("subject", ["", "x" * 256, "ä", "a\n", "a\0", None, ["ada-7"], "\ud800"])
def test_what_names_nobody_is_refused(subject):
    with pytest.raises(TokenRefused, match="sub"):
        read(signed(sub=subject))


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"email_verified": "true"}, ADA.email),
        ({"email_verified": 1}, ADA.email),
        ({"email_verified": ...}, ADA.email),
        ({"email": ...}, None),
        ({"email": ["ada@example.com"]}, None),
        ({"email": "ada@example.com\n"}, None),
        ({"email": " ada@example.com"}, None),
        ({"email": "\u212aim@example.com", "email_verified": True}, None),
        ({"email": "\u0130da@example.com", "email_verified": True}, None),
    ],
)
def test_an_address_is_verified_only_if_it_is_said_so(told, known):
    found = read(signed(**told))
    assert found.email == known
    assert not (found.email_verified and found.email)


def test_addresses_are_those_of_people_all_over_the_world():
    for address in ("Ada@Example.com", "björn@example.com", "한국@example.com"):
        assert read(signed(email=address)).email == address


def test_the_key_is_of_the_header_and_of_its_kind():
    other = jwk.generate_key("RSA", 2048, {"kid": "other"})
    with pytest.raises(KeyUnknown):
        read(signed(other))
    with pytest.raises(KeyUnknown):
        read(signed(header={"kid": "e"}))
    with pytest.raises(KeyUnknown):
        read(signed(), EC)
    with pytest.raises(TokenRefused, match="bad_signature"):
        read(signed(other, header={"kid": "r"}))
    alone = signed(header={"kid": None})
    assert read(alone, RSA, EC) == ADA, "the only one of its kind"
    with pytest.raises(TokenRefused, match="Several"):
        read(alone, RSA, other)


def test_a_key_that_is_for_another_algorithm_is_not_used():
    key = jwk.import_key({**RSA.as_dict(private=True), "alg": "PS256"})
    assert read(signed(key, "PS256"), key) == ADA
    with pytest.raises(KeyUnknown):
        read(signed(), key)


PARTS = signed().split(".")


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def by_hmac(algorithm: str) -> str:
    """Signed with the public key as if it were a secret; the library would not do it."""
    text = encoded(json.dumps({"alg": algorithm, "kid": "r"}).encode()) + "." + PARTS[1]
    digest = "sha" + algorithm.removeprefix("HS")
    return f"{text}.{encoded(hmac.digest(RSA.as_pem(private=False), text.encode(), digest))}"


@pytest.mark.parametrize(
    "token",
    [
        "", "x", "..", "a.b.c", "." * 100, "ä.ä.ä", "x" * 20_000, f"{PARTS[0]}.{PARTS[1]}.", f"{PARTS[0]}..{PARTS[2]}",
        ".".join([*PARTS, "x"]), "\ud800.a.b", f"{signed()}\n",
        by_hmac("HS256"),
        by_hmac("HS512"),
        signed(header={"b64": False, "crit": ["b64"]}),
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(token):
    with pytest.raises(TokenRefused):
        read(token)


@pytest.mark.parametrize("algorithm", ["none", "None", "", "HS256", "ES256K", "dir", 7, None, ["RS256"], {"a": 1}])
def test_an_algorithm_that_is_not_of_the_list_is_refused_before_anything_is_computed(algorithm):
    head = jws.extract_compact(signed().encode()).headers() | {"alg": algorithm}
    for signature in (PARTS[2], ""):
        with pytest.raises(TokenRefused):
            read(f"{encoded(json.dumps(head).encode())}.{PARTS[1]}.{signature}")


def test_payloads_that_are_no_claims_are_refused():
    registry = jws.JWSRegistry(algorithms=["RS256"])
    for payload in ("", "7", "[]", "null", '{"iss":', "\x00", "[" * 20_000):
        token = jws.serialize_compact({"alg": "RS256", "kid": "r"}, payload, RSA, registry=registry)
        with pytest.raises(TokenRefused):
            read(token)


def test_another_client_or_log_in_is_another_token():
    for other in (
        replace(WANTED, issuer="https://idp.example/"),
        replace(WANTED, client_id="Andon"),
        replace(WANTED, nonce_digest=model.digest_of("n-2")),
    ):
        with pytest.raises(TokenRefused):
            read(signed(), wanted=other)


def test_keys_that_may_sign_are_kept_and_others_passed_over():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        short = jwk.generate_key("RSA", 1024, {"kid": "short"}).as_dict(private=False)
    public = RSA.as_dict(private=False)
    told = {
        "keys": [
            public,
            EC.as_dict(private=False),
            {**public, "use": "enc", "kid": "enc"},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
            short,
            {"kty": "RSA", "kid": "half"},
            {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "no point"},
            {"kty": "new"},
            {"kty": ["RSA"]},
            7,
            None,
        ]
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # which says of the short key what we do not let pass
        assert [key.kid for key in tokens.usable_keys(told)] == ["r", "e"]
    for nothing in ({}, {"keys": None}, {"keys": {}}, {"keys": "x"}):
        assert tokens.usable_keys(nothing) == []
    assert len(tokens.usable_keys({"keys": [public] * 200})) == tokens.MOST_KEYS
