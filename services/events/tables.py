"""Rows of events and regimes. Assets are the plant's and, like model versions, are referred to by id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.events.contracts import Recovery, Source
from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow


def _moment(**options: Any) -> Any:
    return Column(DateTime(timezone=True), **options)


class EventTable(TenantRow, table=True):
    __tablename__ = "event"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "asset_id"], ["asset.tenant_id", "asset.id"]),
        Index("event_by_asset", "tenant_id", "asset_id", "time"),
        Index("event_page", "tenant_id", "time", "id"),
        Index("event_part", "tenant_id", "part", postgresql_where=text("part IS NOT NULL")),
    )

    asset_id: UUID
    kind: str
    time: datetime = Field(sa_column=_moment(nullable=False))
    end: datetime | None = Field(default=None, sa_column=_moment())
    note: str = ""
    part: str | None = None
    begins_regime: bool = False
    source: str = Source.API.value
    recorded_by: str
    recorded_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))
    retracted_at: datetime | None = Field(default=None, sa_column=_moment())
    retracted_by: str | None = None
    corrections: int = 0


class RevisionTable(TenantRow, table=True):
    """What an event said before a correction."""

    __tablename__ = "event_revision"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "event_id"], ["event.tenant_id", "event.id"]),
        UniqueConstraint("tenant_id", "event_id", "number"),
    )

    event_id: UUID
    number: int
    said: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    corrected_by: str
    corrected_at: datetime = Field(sa_column=_moment(nullable=False))


class RegimeTable(TenantRow, table=True):
    """A regime that an event began; `id` is the event's. The time before the first one has no row."""

    __tablename__ = "regime"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "id"], ["event.tenant_id", "event.id"]),
        Index("regime_by_asset", "tenant_id", "asset_id", "start"),
        Index("regime_page", "tenant_id", "start", "id", postgresql_where=text('"end" IS NULL')),
    )

    asset_id: UUID
    start: datetime = Field(sa_column=_moment(nullable=False))
    end: datetime | None = Field(default=None, sa_column=_moment())
    recovery: str = Recovery.NEEDS_MODEL.value
    recovery_since: datetime = Field(sa_column=_moment(nullable=False))
    version_id: UUID | None = None
