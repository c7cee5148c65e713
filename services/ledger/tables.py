"""Rows of the ledger. Assets, events, cases, runs and versions are other services' and are referred to by id only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _moment(nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class FactRow(TenantRow, table=True):
    """What news of serving told of a version; the outbox forgets it after a week."""

    __tablename__ = "loop_fact"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sequence", "asset_id"),
        Index("loop_fact_asset", "tenant_id", "asset_id", "at"),
    )

    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    asset_id: UUID
    version_id: UUID
    kind: str
    at: datetime = Field(sa_column=_moment())


class HandsOnRow(TenantRow, table=True):
    """A spell in which somebody worked on an asset, a minute at most; nobody is named."""

    __tablename__ = "hands_on"
    __table_args__ = (Index("hands_on_asset", "tenant_id", "asset_id", "at"),)

    asset_id: UUID
    at: datetime = Field(sa_column=_moment())
    seconds: int


class LoopRow(TenantRow, table=True):
    """A loop as it was derived last; `id` is that of the event or of the case that it began with."""

    __tablename__ = "loop"
    __table_args__ = (
        Index("loop_page", "tenant_id", "changed_at", "id"),
        Index("loop_asset", "tenant_id", "asset_id", "changed_at"),
        Index("loop_open", "tenant_id", "changed_at", "id", postgresql_where=text("state = 'open'")),
        Index("loop_ended", "tenant_id", "ended_at"),
    )

    asset_id: UUID
    begun_by: str
    changed_at: datetime = Field(sa_column=_moment())
    noticed_at: datetime = Field(sa_column=_moment())
    state: str
    stage: str | None = None
    ended_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    end: str | None = None
    live_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    version_id: UUID | None = None
    blueprint: str | None = None
    stays: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    """[[stage, entered, left, why it stepped back], ...], oldest first."""
    steps_back: int
    observe_s: float
    orient_s: float
    decide_s: float
    act_s: float
