"""Pure rules: slugs, e-mail addresses, secrets and what they are made of."""

import hashlib
import re
import secrets
import zlib
from datetime import datetime, timedelta

from services.tenancy.errors import (
    CredentialRefused,
    EmailInvalid,
    NameInvalid,
    OverlapTooLong,
    PasswordTooShort,
    SlugInvalid,
)

SESSION_LIFE = timedelta(hours=12)
LOGIN_LINK_LIFE = timedelta(minutes=15)
INVITATION_LIFE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session or key is known: noting each would make a write of every read."""
PASSWORD_LENGTH = 12
LONGEST_OVERLAP = timedelta(days=30)
"""How long a key may live on beside the one that takes its place."""
_USER_AGENT_LENGTH = 300
_NAME_LENGTH = 100
KEY_MARK = "andon"
_PREFIX_LENGTH = 8
_SECRET_LENGTH = 32
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def check_slug(slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise SlugInvalid(
            f"“{slug}” cannot be a tenant's address: 3 to 40 lower-case letters, digits or hyphens, a letter first.",
            field="slug",
        )
    return slug


def check_email(email: str) -> str:
    """The address in lower case; whether it exists only a message to it can tell."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise EmailInvalid(f"“{email}” is not an e-mail address.", field="email")
    return email


def check_name(name: str) -> str:
    """A person's name without spaces around it."""
    name = name.strip()
    if not 0 < len(name) <= _NAME_LENGTH or not name.isprintable():
        raise NameInvalid(f"A name has 1 to {_NAME_LENGTH} characters, in one line.", field="name")
    return name


def check_password(password: str) -> str:
    """Length only, as NIST SP 800-63B advises: composition rules make worse passwords."""
    if len(password) < PASSWORD_LENGTH:
        raise PasswordTooShort(f"A password needs at least {PASSWORD_LENGTH} characters.", field="password")
    return password


def told_browser(user_agent: str) -> str:
    """What is kept of a `User-Agent`: anybody may send anything in it."""
    return "".join(each for each in user_agent[:_USER_AGENT_LENGTH] if each.isprintable())


def seen_lately(now: datetime, seen_at: datetime | None) -> bool:
    return seen_at is not None and now - seen_at <= SEEN_EVERY


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """SHA-256: enough for secrets of 190 bits and more that we made; passwords go through argon2 instead."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key_secret() -> str:
    """`andon_<prefix>_<secret><checksum>`: a scanner can recognise it, and a typing error is seen without a look-up."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LENGTH))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    return f"{KEY_MARK}_{prefix}_{secret}{_checksum(prefix + secret)}"


def shown_part(key: str) -> str:
    return "_".join(key.split("_")[:2])


def check_key_shape(key: str) -> str:
    """Raises `CredentialRefused` unless mark, lengths and checksum are right."""
    parts = key.split("_")
    if len(parts) == 3 and parts[0] == KEY_MARK and len(parts[1]) == _PREFIX_LENGTH:
        secret, checksum = parts[2][:_SECRET_LENGTH], parts[2][_SECRET_LENGTH:]
        if secrets.compare_digest(checksum.encode(), _checksum(parts[1] + secret).encode()):
            return key
    raise CredentialRefused(
        "This API key is not valid. Make a new one in the portal, or check that it is copied whole."
    )


def end_of_overlap(now: datetime, overlap: timedelta, expires_at: datetime | None) -> datetime:
    """When a key that is replaced now ends: never later than it would have. Raises `OverlapTooLong`."""
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise OverlapTooLong(
            f"Two secrets may be good for at most {LONGEST_OVERLAP.days} days; 0 ends the old one at once.",
            field="overlapHours",
            most=LONGEST_OVERLAP.days * 24,
        )
    return now + overlap if expires_at is None else min(now + overlap, expires_at)


def alive(now: datetime, expires_at: datetime | None, ended_at: datetime | None) -> bool:
    return ended_at is None and (expires_at is None or now < expires_at)


def _checksum(text: str) -> str:
    value, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        value, remainder = divmod(value, len(_ALPHABET))
        digits = _ALPHABET[remainder] + digits
    return digits
