"""Rows of providers, of log-ins under way, and of who is who."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _time(nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class LoginProviderRow(TenantRow, table=True):
    __tablename__ = "login_provider"
    __table_args__ = (UniqueConstraint("tenant_id", "issuer"),)

    name: str
    issuer: str
    """As the provider writes itself, to the last character."""
    client_id: str
    client_secret: str | None = None
    """Closed with the installation's vault."""
    domains: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    created_by: str
    created_at: datetime = Field(sa_column=_time())


class LoginAttemptRow(TenantRow, table=True):
    """A browser that was sent to a provider. Of what goes through the address only digests are kept."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "provider_id"], ["login_provider.tenant_id", "login_provider.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "state_digest"),
        Index("login_attempt_age", "tenant_id", "expires_at"),
    )

    provider_id: UUID
    state_digest: str
    browser_digest: str
    nonce_digest: str
    verifier: str
    """Of PKCE; closed with the installation's vault."""
    redirect_uri: str
    expires_at: datetime = Field(sa_column=_time())
    used_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class LoginIdentityRow(TenantRow, table=True):
    """A person of a provider who is a member. A provider names a person once, and a member is one person of it."""

    __tablename__ = "login_identity"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "provider_id"], ["login_provider.tenant_id", "login_provider.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "member_id"], ["member.tenant_id", "member.id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "provider_id", "subject"),
        UniqueConstraint("tenant_id", "provider_id", "member_id"),
        Index("login_identity_member", "tenant_id", "member_id"),
    )

    provider_id: UUID
    """Its issuer never changes, so this stands for it."""
    subject: str
    member_id: UUID
    bound_at: datetime = Field(sa_column=_time())
