"""Rows of tenancy."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow


def _moment(**options: Any) -> Any:
    return Column(DateTime(timezone=True), **options)


class TenantTable(SQLModel, table=True):
    __tablename__: ClassVar[Any] = "tenant"

    tenant_id: UUID = Field(primary_key=True)
    slug: str = Field(unique=True)
    """Unique over all tenants: it is public, being part of the address."""
    name: str
    state: str = "active"
    """A `TenantState`; that a tenant is being deleted stands outside its rows (`infra/migrations/tenant_life`)."""
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))


class MemberTable(TenantRow, table=True):
    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("tenant_id", "email"),)

    email: str
    name: str
    role: str
    password_hash: str | None = None
    """argon2id; None for a member who signs in by a login link only."""
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))


class SessionTable(TenantRow, table=True):
    __tablename__ = "login_session"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "digest"),
        Index("login_session_digest", "digest"),
        Index("login_session_member", "tenant_id", "member_id"),
    )

    member_id: UUID
    digest: str
    user_agent: str = ""
    """As the browser told it when the session was opened, cut to a length."""
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))
    last_seen_at: datetime | None = Field(default=None, sa_column=_moment())
    expires_at: datetime = Field(sa_column=_moment(nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=_moment())


class LoginLinkTable(TenantRow, table=True):
    __tablename__ = "login_link"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "digest"),
        Index("login_link_digest", "digest"),
    )

    member_id: UUID
    digest: str
    expires_at: datetime = Field(sa_column=_moment(nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=_moment())


class InvitationTable(TenantRow, table=True):
    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("tenant_id", "digest"), Index("invitation_digest", "digest"))

    email: str
    role: str
    digest: str
    invited_by: str
    """Name of who made it."""
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))
    expires_at: datetime = Field(sa_column=_moment(nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=_moment())
    revoked_at: datetime | None = Field(default=None, sa_column=_moment())


class ApiKeyTable(TenantRow, table=True):
    __tablename__ = "api_key"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "replaces"], ["api_key.tenant_id", "api_key.id"]),
        UniqueConstraint("tenant_id", "digest"),
        UniqueConstraint("tenant_id", "replaces"),
        Index("api_key_digest", "digest"),
    )

    name: str
    prefix: str
    digest: str
    scopes: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=_moment())
    revoked_at: datetime | None = Field(default=None, sa_column=_moment())
    last_used_at: datetime | None = Field(default=None, sa_column=_moment())
    replaces: UUID | None = None
    """The key whose place it takes, with the same name and scopes; both live until that one expires."""
