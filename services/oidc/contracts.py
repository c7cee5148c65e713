"""What log-in by a provider takes and gives."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LoginProvider:
    """An issuer whose word counts in the tenant."""

    id: UUID
    name: str
    """Stands on the button of the sign-in page."""
    issuer: str
    client_id: str
    has_secret: bool
    domains: tuple[str, ...]
    """Of e-mail addresses that may come by it; all if empty."""
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewProvider:
    name: str
    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    """None for a client that has none and proves itself by PKCE alone."""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What is None stays as it is."""

    name: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    """Empty: the client has none any more."""
    domains: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class OfferedProvider:
    """What somebody who is not signed in may see of one."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class BegunLogin:
    url: str
    """Where the browser goes: at the provider."""
    browser: str = field(repr=False)
    """Stays in the browser that began, and must come back from there."""
    seconds: int
    """How long it may take."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a browser brings back from a provider, as it stands in the address."""

    state: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    issuer: str | None = None
    error: str | None = None
    browser: str = field(default="", repr=False)
