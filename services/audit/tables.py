"""Rows of the audit trail. Written by triggers only."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.kernel.tables import TenantRow

RECORD_TEXT = (
    "jsonb_build_array(number, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), "
    "actor, actor_kind, actor_name, action, trace, changes)::text"
)
CHANGE_TEXT = "jsonb_build_array(place, kind, object_id, before, after)::text"
"""What a digest is made of, as Postgres' own functions write it: so whoever verifies needs none of ours. A line each,
since JSON holds no line break."""


class AuditRecordTable(TenantRow, table=True):
    __tablename__ = "audit_record"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("audit_record_actor", "tenant_id", "actor", "number"),
        Index("audit_record_action", "tenant_id", "action", "number"),
    )

    number: int | None = Field(default=None, sa_column=Column(BigInteger))
    """This and the ones that may be None are known at the commit: no other transaction sees them so."""
    at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    actor: UUID
    actor_kind: str
    actor_name: str
    action: str
    trace: str
    changes: int | None = None
    digest: str | None = None


class AuditChangeTable(SQLModel, table=True):
    __tablename__: ClassVar[Any] = "audit_change"
    __table_args__ = (Index("audit_change_object", "tenant_id", "object_id", "record_id"),)

    tenant_id: UUID = Field(primary_key=True)
    record_id: UUID = Field(primary_key=True)
    """No foreign key: checking it would cost ten thousand changes more than writing them; verifying finds strays."""
    place: int = Field(primary_key=True)
    kind: str
    object_id: UUID
    before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    after: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))


class AuditHeadTable(SQLModel, table=True):
    __tablename__: ClassVar[Any] = "audit_head"

    tenant_id: UUID = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    digest: str
