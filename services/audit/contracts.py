"""What the audit trail gives."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What one transaction changed."""

    id: UUID
    number: int
    """1, 2, 3 … in the order of their commits, without a gap."""
    at: datetime
    actor: UUID
    """A member, an API key, or zero for the platform itself."""
    actor_kind: str
    """`member`, `key`, `system`, or `database` for somebody who changed rows by hand."""
    actor_name: str
    """As it was then."""
    action: str
    """The use case, such as `serving.promote`, or the job."""
    trace: str
    """Finds the request in logs and traces; empty where none was open."""
    changes: int
    digest: str
    """SHA-256 over the digest before it, this record and its changes."""


@dataclass(frozen=True, slots=True)
class AuditChange:
    """One object in a record."""

    place: int
    kind: str
    object_id: UUID
    before: dict[str, Any] | None
    """Of a new object None; of a changed one what differs."""
    after: dict[str, Any] | None
    """Of a removed object None."""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which records are wanted; all that are given must hold."""

    actor: UUID | None = None
    action: str | None = None
    """The whole action, or its first part: `serving` stands for `serving.promote` and its like."""
    object_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of a tenant's trail as it was at a time."""

    tenant: UUID
    number: int
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Burial:
    """What stays of a trail whose tenant was deleted."""

    tenant: UUID
    slug: str
    asked_by: str
    asked_at: datetime
    number: int
    """Of the trail's last record; 0 if it had none."""
    digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a trail that was not written as it is now."""

    number: int | None
    """Of the record, where it is about one."""
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    records: int
    changes: int
    findings: tuple[Finding, ...]
    """In order, the first hundred."""
