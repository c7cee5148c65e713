"""Rules of webhooks: addresses, secrets and signatures, and when it is tried again. Pure functions.

Signatures, headers and the schedule are those of Standard Webhooks 1.0.0
(https://github.com/standard-webhooks/standard-webhooks).
"""

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import httpx

from services.kernel.reach import Address, Reach
from services.webhooks.errors import (
    DescriptionTooLong,
    WebhookTypesInvalid,
    WebhookUrlForbidden,
    WebhookUrlInvalid,
)

MOST_ENDPOINTS = 20
LONGEST_URL = 2_000
LONGEST_DESCRIPTION = 500
FORMER_SECRET_LIFE = timedelta(hours=24)
PATIENCE = timedelta(days=5)
"""An endpoint that fails for so long without one success is disabled."""
KEPT = timedelta(days=30)
"""Deliveries go after so long, however they ended."""
SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""What is waited after the first failure, the second, …; after the last one a delivery is given up."""
MOST_TRIES = len(SCHEDULE) + 1
_JITTER = 0.2
_PREFIX = "whsec_"
_SECRET_BYTES = 32
_LOW_PORTS = frozenset({80, 443})
_HIGHEST_PORT = 65_535
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f.:]+")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


def checked_url(url: str, reach: Reach) -> str:
    """The address in the one form it is kept in, with host names in ASCII. Where a name leads is judged when it is
    posted to.

    Raises `WebhookUrlInvalid` or `WebhookUrlForbidden`.
    """
    parsed = _parsed(url.strip())
    if parsed.scheme == "http" and not reach.networks:
        raise WebhookUrlForbidden(
            "Webhooks go over https only. Give an address that begins with https://.", field="url"
        )
    port = parsed.port
    if port is not None and port < 1024 and port not in _LOW_PORTS:
        message = f"Webhooks go to port 80, 443 or one from 1024 up, not to {port}."
        raise WebhookUrlForbidden(message, field="url")
    literal = _literal(parsed.raw_host.decode("ascii"))
    if literal is not None and not reach.allows(literal):
        raise WebhookUrlForbidden(
            f"{literal} is no public address, and the operator of this installation did not open its network.",
            field="url",
        )
    return str(parsed)


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError) as error:
        raise WebhookUrlInvalid("This is no web address that could be posted to.", field="url") from error
    odd = not _HOST.fullmatch(host) or not 0 <= (parsed.port or 0) <= _HIGHEST_PORT
    if len(url) > LONGEST_URL or parsed.scheme not in {"http", "https"} or odd:
        message = f"A webhook's address is an https:// URL of at most {LONGEST_URL:,} characters."
        raise WebhookUrlInvalid(message, field="url")
    if parsed.userinfo or parsed.fragment:
        message = "A webhook's address has neither a user nor a fragment (#…). The signature proves who posts."
        raise WebhookUrlInvalid(message, field="url")
    return parsed


def _literal(host: str) -> Address | None:
    """The address that stands for the host; None for a name. The old ways to write one in numbers (`2130706433`,
    `0x7f.1`) are names to some and addresses to others, so they are refused."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            message = "Write the address in its usual form: four numbers for IPv4, brackets for IPv6."
            raise WebhookUrlInvalid(message, field="url") from None
        return None


def checked_types(types: Sequence[str], known: Collection[str]) -> list[str]:
    """Without repetition, in order. Raises `WebhookTypesInvalid`."""
    unknown = sorted(set(types) - set(known))
    if unknown:
        message = f"There is no news of the type “{unknown[0]}”. The query `webhookTypes` lists those there are."
        raise WebhookTypesInvalid(message, field="types", unknown=unknown)
    if not types:
        raise WebhookTypesInvalid("Choose at least one type of news.", field="types", unknown=[])
    return sorted(set(types))


def checked_description(text: str) -> str:
    """Raises `DescriptionTooLong`."""
    if len(text) > LONGEST_DESCRIPTION:
        message = f"A description has at most {LONGEST_DESCRIPTION} characters."
        raise DescriptionTooLong(message, field="description", limit=LONGEST_DESCRIPTION)
    return text.strip()


def new_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def webhook_id(message_id: UUID) -> str:
    return f"msg_{message_id.hex}"


def headers(message_id: UUID, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers; one signature for each of the secrets."""
    id_, seconds = webhook_id(message_id), str(int(at.timestamp()))
    signed = f"{id_}.{seconds}.".encode() + body
    return {
        "webhook-id": id_,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def wait(left: int, chance: float, asked: float | None = None) -> timedelta:
    """How long it is waited with so many tries left: up to a fifth longer by `chance` (0 to 1), so that what failed
    together is not tried again together; and not less than the receiver `asked` for (seconds), a day at most."""
    planned = SCHEDULE[MOST_TRIES - left - 1] * (1 + _JITTER * chance)
    return max(planned, timedelta(seconds=min(asked or 0, SCHEDULE[-1].total_seconds())))


def given_up(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint has failed for too long."""
    return failing_since is not None and now - failing_since >= PATIENCE
