"""Rows every service shares: the base of tenant tables, the outbox, and claims of idempotency keys."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.kernel.clock import utc_now
from services.kernel.ids import new_id


class TenantRow(SQLModel):
    """A row of one tenant. The key is `(tenant_id, id)`, and so is every foreign key to it."""

    __tablename__: ClassVar[Any]

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)


class OutboxRow(SQLModel, table=True):
    """News or a job, written in the transaction that caused it. Payloads are ids, never data."""

    __tablename__: ClassVar[Any] = "outbox"
    __table_args__ = (Index("outbox_waiting", "sequence", postgresql_where=text("delivered_at IS NULL")),)

    tenant_id: UUID = Field(primary_key=True)
    sequence: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    kind: str
    """`event` or `job`."""
    name: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    traceparent: str | None = None
    """W3C trace context of whoever wrote it, so that one trace spans request, job and cluster."""
    created_at: datetime = Field(default_factory=utc_now, sa_column=Column(DateTime(timezone=True), nullable=False))
    delivered_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class IdempotencyClaimRow(SQLModel, table=True):
    """A change made under an idempotency key, and what was answered."""

    __tablename__: ClassVar[Any] = "idempotency_claim"
    __table_args__ = (Index("idempotency_claim_created", "tenant_id", "created_at"),)

    tenant_id: UUID = Field(primary_key=True)
    actor: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    digest: str
    answer: str | None = None
    """As the edge wrote it, sealed: some answers hold a secret that is shown once."""
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
