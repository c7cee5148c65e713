"""Rows of webhooks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _time(nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class EndpointRow(TenantRow, table=True):
    """Where a tenant wants news posted. Secrets are closed with the installation's vault."""

    __tablename__ = "webhook_endpoint"

    url: str
    description: str
    types: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    state: str
    reason: str | None = None
    failing_since: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    secret: str
    former_secret: str | None = None
    former_secret_until: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    created_by: str
    created_at: datetime = Field(sa_column=_time())


class DeliveryRow(TenantRow, table=True):
    """News on its way to an endpoint."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"], ["webhook_endpoint.tenant_id", "webhook_endpoint.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "endpoint_id", "message_id"),
        Index(
            "webhook_delivery_due",
            "tenant_id",
            "endpoint_id",
            "next_try_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("webhook_delivery_page", "tenant_id", "endpoint_id", "id"),
        Index("webhook_delivery_state", "tenant_id", "endpoint_id", "state", "id"),
        Index("webhook_delivery_age", "tenant_id", "created_at"),
    )

    endpoint_id: UUID
    message_id: UUID
    """Made from the news, so that news which is spread twice is one delivery."""
    type: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    tries: int
    """Begun so far. Who ends one that is not the last begun changes nothing."""
    tries_left: int
    """Failures that are left before it is given up."""
    next_try_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    """While one is under way: when it counts as lost with its worker."""
    last_status: int | None = None
    last_error: str | None = None
    duration_ms: int | None = None
    attempts: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_column=_time())
    ended_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
