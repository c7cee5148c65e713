"""Keys and tokens of NATS's operator mode, as NATS writes them."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.outside.nkeys import Key, Kind, NotAKey, account_token, claims_of, user_token
from services.enclaves.box.login import proof

SEED = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"
PUBLIC = "UAT6BWCSCWLUKJT6K6MBJJOEOTXZ5AJDOYKNEVRFC7VNO6OA43N4TRNO"
"""A pair that tests of NATS's own clients use."""


def test_a_seed_of_nats_is_read_and_written():
    key = Key.of_seed(f" {SEED}\n", Kind.USER)
    assert key.seed == SEED
    assert SEED not in repr(key)
    assert key.public == PUBLIC


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_begins_with_its_letter(kind):
    key = Key.derived("secret", kind, "test")
    assert (key.public[0], key.seed[:2]) == (kind.name[0], f"S{kind.name[0]}")
    assert Key.of_seed(key.seed, kind) == key
    assert key == Key.derived("secret", kind, "test")
    assert key.public != Key.derived("secret", kind, "another").public


@pytest.mark.parametrize("text", ["", "SUAM", "nonsense!", SEED[:-1] + "A", SEED.replace("SU", "SO"), SEED * 2])
def test_what_is_no_seed_is_refused_and_not_repeated(text):
    with pytest.raises(NotAKey, match="begins with SU") as refused:
        Key.of_seed(text, Kind.USER)
    assert not text or text not in str(refused.value)


def test_a_token_is_signed_by_its_issuer():
    issuer = Key.derived("a", Kind.ACCOUNT, "test")
    subject = Key.derived("u", Kind.USER, "test").public
    token = user_token("device", subject, {"type": "user", "version": 2}, issuer)
    head, body, signature = token.split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"typ": "JWT", "alg": "ed25519-nkey"}
    claims = claims_of(token)
    assert (claims["iss"], claims["sub"], claims["nats"]["type"]) == (issuer.public, subject, "user")
    key = Ed25519PrivateKey.from_private_bytes(issuer.secret).public_key()
    key.verify(base64.urlsafe_b64decode(signature + "=="), f"{head}.{body}".encode())
    assert user_token("device", subject, {"type": "user", "version": 2}, issuer) == token
    assert "iat" in claims_of(account_token("a", issuer.public, {}, issuer))


def test_a_client_shows_the_token_and_signs():
    key = Key.derived("u", Kind.USER, "test")
    login = proof("name", f"the.to.ken {key.seed}")
    assert bytes(login["user_jwt_cb"]()) == b"the.to.ken"
    assert base64.b64decode(login["signature_cb"]("nonce")) == key.sign(b"nonce")
    assert proof("name", "password") == {"user": "name", "password": "password"}
