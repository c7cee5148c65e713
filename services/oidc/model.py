"""Rules of a log-in: what an issuer's address may be, what a provider must say of itself, and what the browser is sent
there with. No I/O.

OpenID Connect Core 1.0 and Discovery 1.0, PKCE (RFC 7636), issuer in the answer (RFC 9207), and the best current
practice of OAuth (RFC 9700).
"""

import base64
import hashlib
import ipaddress
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx

from services.kernel.reach import Reach
from services.oidc.errors import IssuerInvalid, ProviderInvalid, ProviderUnusable

MOST_PROVIDERS = 5
MOST_DOMAINS = 50
MOST_ATTEMPTS = 1_000
"""Of one tenant, under way at once; the oldest go first."""
ATTEMPT_LIFE = timedelta(minutes=10)
SCOPE = "openid email profile"
LONGEST_SUBJECT = 255
_LONGEST_URL = 500
_LONGEST_NAME = 60
_LONGEST_CLIENT = 500
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_ANNOUNCED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself, as far as we go by it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    posts_secret: bool
    """Whether the client's secret goes into the body of the request for tokens, because no header is taken."""
    names_issuer: bool
    """Whether it promises to name itself in what the browser brings back (RFC 9207)."""


def checked_name(name: str) -> str:
    """What stands on the button. Raises `ProviderInvalid`."""
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        message = f"The name on the button has 1 to {_LONGEST_NAME} characters, in one line."
        raise ProviderInvalid(message, field="name")
    return name


def checked_client(text: str, field: str) -> str:
    """An id or secret of a client: visible ASCII (RFC 6749, A). Raises `ProviderInvalid`."""
    text = text.strip()
    if not 0 < len(text) <= _LONGEST_CLIENT or not text.isascii() or not text.isprintable():
        message = f"This must be 1 to {_LONGEST_CLIENT} characters of ASCII, as the provider shows it."
        raise ProviderInvalid(message, field=field)
    return text


def checked_domains(domains: Sequence[str]) -> list[str]:
    """In lower case, without repetition, in order. Raises `ProviderInvalid`."""
    found = sorted({domain.strip().lower().removeprefix("@") for domain in domains})
    for domain in found:
        if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
            message = f"“{domain[:100]}” is no domain of e-mail addresses. Write it as in example.com."
            raise ProviderInvalid(message, field="domains")
    if len(found) > MOST_DOMAINS:
        raise ProviderInvalid(f"A provider has at most {MOST_DOMAINS} domains.", field="domains")
    return found


def in_domains(email: str, domains: Sequence[str]) -> bool:
    return not domains or email.rpartition("@")[2].lower() in domains


def checked_issuer(issuer: str, reach: Reach) -> str:
    """The issuer as it is written: it is compared to the last character. Raises `IssuerInvalid`."""
    issuer = issuer.strip()
    why = _why_not(issuer, reach)
    if why is None and httpx.URL(issuer).query:
        why = "An issuer's address has no query (?…)."
    if why is not None:
        raise IssuerInvalid(why, field="issuer")
    return issuer


def _why_not(url: str, reach: Reach) -> str | None:
    """What speaks against asking at that address; None if nothing does. Where a name leads is judged when asked."""
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError):
        return "This is no web address."
    if len(url) > _LONGEST_URL or not url.isascii() or not host or parsed.userinfo or "#" in url:
        return f"Give an https:// address of at most {_LONGEST_URL} characters, without a user and without #…."
    literal = _literal(host)
    if parsed.scheme != "https" and not (parsed.scheme == "http" and _here(host, literal) and reach.networks):
        return "A provider is asked over https only. Give an address that begins with https://."
    if literal is not None and not reach.allows(literal):
        return f"{literal} is no public address, and the operator of this installation did not open its network."
    return None


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _here(host: str, literal: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    return host == "localhost" if literal is None else literal.is_loopback


def discovery_of(issuer: str) -> str:
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def checked_metadata(issuer: str, told: Mapping[str, Any], reach: Reach) -> Metadata:
    """Raises `ProviderUnusable`, which says what is missing."""
    if told.get("issuer") != issuer:
        raise _unusable(
            f"It calls itself “{str(told.get('issuer'))[:200]}”. Give the issuer exactly so, to the last character."
        )
    announced = {name: told.get(name) for name in (*_ANNOUNCED, "userinfo_endpoint")}
    for name, url in announced.items():
        if url is None and name == "userinfo_endpoint":
            continue
        if not isinstance(url, str):
            raise _unusable(f"It announces no `{name}`.")
        if why := _why_not(url, reach):
            raise _unusable(f"Its `{name}` cannot be asked. {why}")
    if "code" not in _texts(told, "response_types_supported", ["code"]):
        raise _unusable("It does not offer the authorization code flow (`response_types_supported`).")
    if "S256" not in _texts(told, "code_challenge_methods_supported", ["S256"]):
        raise _unusable("It does not take PKCE with S256 (`code_challenge_methods_supported`).")
    ways = _texts(told, "token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(
        issuer=issuer,
        authorization_endpoint=str(announced["authorization_endpoint"]),
        token_endpoint=str(announced["token_endpoint"]),
        jwks_uri=str(announced["jwks_uri"]),
        userinfo_endpoint=announced["userinfo_endpoint"],
        posts_secret="client_secret_basic" not in ways and "client_secret_post" in ways,
        names_issuer=told.get("authorization_response_iss_parameter_supported") is True,
    )


def _texts(told: Mapping[str, Any], name: str, usual: list[str]) -> list[Any]:
    value = told.get(name, usual)
    return value if isinstance(value, list) else []


def _unusable(why: str) -> ProviderUnusable:
    return ProviderUnusable(f"The provider cannot be used. {why}", field="issuer")


def new_token() -> str:
    """256 random bits, which is a good verifier of PKCE too."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_url(
    metadata: Metadata, client_id: str, redirect_uri: str, state: str, nonce: str, verifier: str
) -> str:
    """Where the browser goes."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    mark = "&" if "?" in metadata.authorization_endpoint else "?"
    return f"{metadata.authorization_endpoint}{mark}{urlencode(asked)}"


def token_request(
    metadata: Metadata, client_id: str, secret: str | None, code: str, redirect_uri: str, verifier: str
) -> tuple[dict[str, str], bytes]:
    """Headers and form of the request for tokens; the client shows who it is as the provider takes it."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    if secret is None or metadata.posts_secret:
        form["client_id"] = client_id
        if secret is not None:
            form["client_secret"] = secret
    else:
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"  # RFC 6749, 2.3.1: each is encoded as in a form
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers, urlencode(form).encode()
