"""Rules of a log-in."""

import base64
from urllib.parse import parse_qs

import pytest

from services.kernel.reach import Reach
from services.oidc import model
from services.oidc.errors import IssuerInvalid, ProviderInvalid
from services.oidc.model import Metadata

NOWHERE, HERE = Reach(), Reach.of("127.0.0.0/8, 10.1.0.0/16, ::1/128")
METADATA = Metadata("i", "https://idp.example/auth", "https://idp.example/token", "k", None, False, True)


@pytest.mark.parametrize(
    ("issuer", "reach"),
    [
        ("https://idp.example", NOWHERE),
        ("https://idp.example/", NOWHERE),
        ("https://idp.example:8443/realms/Works", NOWHERE),
        ("https://10.1.2.3/x", HERE),
        ("http://127.0.0.1:9000", HERE),
        ("http://localhost:9000", HERE),
        ("http://[::1]:9000", HERE),
    ],
)
def test_issuers_that_may_be_asked(issuer, reach):
    assert model.checked_issuer(f" {issuer} ", reach) == issuer


@pytest.mark.parametrize(
    ("issuer", "reach"),
    [
        ("http://idp.example", HERE),
        ("http://10.1.2.3", HERE),
        ("http://127.0.0.1:9000", NOWHERE),
        ("http://localhost", NOWHERE),
        ("http://localhost.example", HERE),
        ("https://10.2.0.1", HERE),
        ("https://127.0.0.1", NOWHERE),
        ("https://[::ffff:10.0.0.1]", HERE),
        ("https://idp.example?x=1", NOWHERE),
        ("https://idp.example#x", NOWHERE),
        ("https://u@idp.example", NOWHERE),
        ("https://", NOWHERE),
        ("ftp://idp.example", NOWHERE),
        ("https://" + "a" * 500, NOWHERE),
        ("https://bücher.example", NOWHERE),
        ("", NOWHERE),
    ],
)
def test_issuers_that_may_not(issuer, reach):
    with pytest.raises(IssuerInvalid):
        model.checked_issuer(issuer, reach)


def test_where_an_issuer_describes_itself():
    assert model.discovery_of("https://a.example/x/") == "https://a.example/x/.well-known/openid-configuration"
    assert model.discovery_of("https://a.example") == "https://a.example/.well-known/openid-configuration"


def test_domains_are_of_one_form_and_hold_exactly():
    assert model.checked_domains(["B.example", "@a.example", "b.example "]) == ["a.example", "b.example"]
    for wrong in ("", "example", "a b.example", "x@y.example", "-a.example", "a..example", "a.example/x"):
        with pytest.raises(ProviderInvalid):
            model.checked_domains([wrong])
    with pytest.raises(ProviderInvalid):
        model.checked_domains([f"{n}.example" for n in range(model.MOST_DOMAINS + 1)])
    assert model.in_domains("a@x.example", [])
    assert model.in_domains("a@X.example", ["x.example"])
    for other in ("a@y.x.example", "a@xx.example", "a@x.example.com", "x.example@y.example"):
        assert not model.in_domains(other, ["x.example"])


def test_the_challenge_is_that_of_the_standard():
    """RFC 7636, B."""
    assert (
        model.challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_an_address_with_a_query_keeps_it():
    metadata = Metadata("i", "https://idp.example/auth?p=1", "t", "k", None, False, True)
    url = model.authorization_url(metadata, "a b", "https://x/cb", "s", "n", "v")
    assert url.startswith(
        "https://idp.example/auth?p=1&response_type=code&client_id=a+b&redirect_uri=https%3A%2F%2Fx%2Fcb&"
    )


def test_the_client_shows_who_it_is_as_the_provider_takes_it():
    headers, form = model.token_request(METADATA, "a:b", "s +%", "c", "r", "v")
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"a%3Ab:s+%2B%25"
    plain = {"grant_type": ["authorization_code"], "code": ["c"], "redirect_uri": ["r"], "code_verifier": ["v"]}
    assert parse_qs(form.decode()) == plain
    posted = Metadata("i", "a", "t", "k", None, True, True)
    headers, form = model.token_request(posted, "a:b", "s", "c", "r", "v")
    assert "authorization" not in headers
    assert parse_qs(form.decode()) == plain | {"client_id": ["a:b"], "client_secret": ["s"]}
    headers, form = model.token_request(METADATA, "a:b", None, "c", "r", "v")
    assert "authorization" not in headers
    assert parse_qs(form.decode()) == plain | {"client_id": ["a:b"]}
