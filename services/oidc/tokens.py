"""What an ID token must be before a word of it is believed (OpenID Connect Core 1.0, 3.1.3.7). No I/O.

The algorithm comes from our list and never from the token alone; a key is used for the kind it is of. So `none` and a
signature "by HMAC with the public key" are refused before anything is computed.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from services.oidc.model import LONGEST_SUBJECT, digest_of

KINDS = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP", "Ed25519": "OKP",
}  # fmt: skip
"""Algorithms that are taken, and the kind of key each needs."""
LEEWAY_S = 60
"""How far clocks may be apart."""
LONGEST_TOKEN = 16 * 1024
MOST_KEYS = 50
_LEAST_RSA_BITS = 2048
_LATEST = 2.0**40
_REGISTRY = jws.JWSRegistry(algorithms=list(KINDS), strict_check_header=False)


class TokenRefused(Exception):
    """Why, for the log."""


class KeyUnknown(TokenRefused):
    """Signed with a key that the provider did not show us, or has made since."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a token must say to be the answer to an attempt."""

    issuer: str
    client_id: str
    nonce_digest: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a token is about."""

    subject: str
    email: str | None
    email_verified: bool
    name: str | None


def usable_keys(told: Mapping[str, Any]) -> list[jwk.Key]:
    """Public keys of a JWKS document that may sign; others are passed over, as RFC 7517 says."""
    listed = told.get("keys")
    found = []
    for each in listed[:MOST_KEYS] if isinstance(listed, list) else []:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig" or each.get("kty") not in KINDS.values():
            continue
        try:
            key = jwk.import_key(each)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if not isinstance(key, jwk.RSAKey) or key.public_key.key_size >= _LEAST_RSA_BITS:
            found.append(key)
    return found


def read(token: str, keys: Iterable[jwk.Key], wanted: Wanted, access_token: str | None) -> Person:
    """Whom the token is about. Raises `TokenRefused`, and `KeyUnknown` if newer keys may help."""
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused(f"The ID token is over {LONGEST_TOKEN} bytes.")
    try:
        header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in KINDS:
            raise TokenRefused(f"The algorithm {str(algorithm)[:20]!r} is not taken.")
        key = _key(keys, header, KINDS[algorithm])
        claims = jwt.decode(token, key, algorithms=[algorithm], registry=_REGISTRY).claims
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused(f"The ID token is not good: {error}"[:300]) from error
    _check(claims, wanted)
    if "at_hash" in claims:
        _check_at_hash(claims["at_hash"], algorithm, access_token)
    return person(claims)


def _key(keys: Iterable[jwk.Key], header: Mapping[str, Any], kind: str) -> jwk.Key:
    """The key of the header's id and of that kind; without an id, the only one of the kind."""
    kid = header.get("kid")
    fitting = [each for each in keys if each.key_type == kind and (kid is None or each.kid == kid)]
    fitting = [each for each in fitting if each.get("alg") in (None, header["alg"])]
    if not fitting:
        raise KeyUnknown(f"There is no {kind} key {str(kid)[:100]!r} of the provider.")
    if len(fitting) > 1:
        raise TokenRefused("Several keys could have signed, and the token does not say which.")
    return fitting[0]


def _check(claims: Mapping[str, Any], wanted: Wanted) -> None:
    if claims.get("iss") != wanted.issuer:
        raise TokenRefused(f"It is of another issuer: {str(claims.get('iss'))[:200]!r}.")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or wanted.client_id not in audiences:
        raise TokenRefused("It is for another client.")
    party = claims.get("azp")
    if (party is not None or len(audiences) > 1) and party != wanted.client_id:
        raise TokenRefused("It was issued to another client (`azp`).")
    _check_times(claims, wanted.now.timestamp())
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not secrets.compare_digest(digest_of(nonce), wanted.nonce_digest):
        raise TokenRefused("It is the answer to another log-in (`nonce`).")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise TokenRefused("It names nobody (`sub`).")
    if not subject.isascii() or not subject.isprintable():
        raise TokenRefused("It names somebody in what is no ASCII (`sub`).")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    begins = _time(claims, "nbf") if "nbf" in claims else issued
    if now >= expires + LEEWAY_S:
        raise TokenRefused("It has expired.")
    if max(issued, begins) > now + LEEWAY_S:
        raise TokenRefused("It is of the future.")


def _time(claims: Mapping[str, Any], name: str) -> float:
    """Seconds since 1970. JSON as Python reads it has `NaN`, which is later than nothing."""
    value = claims.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LATEST:
        return value
    raise TokenRefused(f"Its `{name}` is no time.")


def _check_at_hash(told: object, algorithm: str, access_token: str | None) -> None:
    """That the access token came with it (3.1.3.6)."""
    digest = hashlib.new({"256": "sha256", "384": "sha384"}.get(algorithm[-3:], "sha512"))
    digest.update((access_token or "").encode("utf-8", "surrogatepass"))
    half = digest.digest()[: digest.digest_size // 2]
    expected = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    if access_token is None or told != expected:
        raise TokenRefused("Its access token is another one (`at_hash`).")


def person(claims: Mapping[str, Any]) -> Person:
    """The claims that we go by. An address counts as verified only if it is said to be, in so many words."""
    email, name = _address(claims.get("email")), claims.get("name")
    return Person(
        subject=str(claims["sub"]),
        email=email,
        email_verified=claims.get("email_verified") is True,
        name=name if isinstance(name, str) else None,
    )


def _address(told: object) -> str | None:
    """An e-mail address that stays the same whoever reads it, but for capitals of ASCII. To fold others would make one
    person's address of another's: the Kelvin sign is a small k then."""
    if not isinstance(told, str) or not told.isprintable() or told != told.strip():
        return None
    return told if told.isascii() or told == told.lower() else None
