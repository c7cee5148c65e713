"""What tenancy takes and gives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.kernel.ids import TenantId
from services.kernel.rights import Permission, Role


class TenantState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Closed by the platform's operator, with all that it has kept."""
    DELETING = "deleting"
    """Closed for ever; what it had is being removed."""


@dataclass(frozen=True, slots=True)
class Tenant:
    id: TenantId
    slug: str
    """What stands in the host name or path: lower-case letters, digits, hyphens."""
    name: str
    state: TenantState = TenantState.ACTIVE


@dataclass(frozen=True, slots=True)
class Member:
    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link that makes its holder a member; open, that is neither used, revoked nor expired."""

    id: UUID
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewInvitation:
    invitation: Invitation
    token: str
    """Goes into the link, which is shown once; only its digest is kept."""


@dataclass(frozen=True, slots=True)
class ReadInvitation:
    tenant: Tenant
    invitation: Invitation


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: UUID
    name: str
    prefix: str
    """The part that may be shown: `andon_` and the first eight characters."""
    scopes: frozenset[Permission]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    replaces: UUID | None
    """The key whose place it takes; while that one lives, two secrets are good."""


@dataclass(frozen=True, slots=True)
class NewApiKey:
    key: ApiKey
    secret: str
    """Shown once; only its digest is kept."""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a member is signed in now."""

    id: UUID
    member_id: UUID
    user_agent: str
    """As the browser told it; empty if it told nothing."""
    created_at: datetime
    last_seen_at: datetime
    """To the minute."""
    expires_at: datetime
    current: bool
    """Whether it is the one that asks."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    token: str
    """Goes into the cookie; only its digest is kept."""
    tenant: Tenant
    member: Member
    expires_at: datetime
