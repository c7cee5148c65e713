"""Rows of drift. Assets and versions are other services' and are referred to by id only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from services.kernel.tables import TenantRow


def _moment(*, nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class ReferenceRow(TenantRow, table=True):
    """What an asset's signals and scores were like, for its champion; the id is the asset's."""

    __tablename__ = "drift_reference"

    version_id: UUID
    contract_version: int
    length_s: int
    """Of a block."""
    start: datetime = Field(sa_column=_moment())
    end: datetime = Field(sa_column=_moment())
    signals: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Of the contract's signals in their order, as `pack.written` has them."""
    score: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """None until the champion has answered long enough."""


class LookRow(TenantRow, table=True):
    """What the last look at an asset found; the id is the asset's."""

    __tablename__ = "drift_look"
    __table_args__ = (
        Index("drift_look_due", "tenant_id", "looked_at"),
        Index("drift_look_worst", "tenant_id", "worst", "id", postgresql_where=text("since IS NOT NULL")),
        Index("drift_look_since", "tenant_id", "since", "id", postgresql_where=text("since IS NOT NULL")),
    )

    version_id: UUID
    looked_at: datetime = Field(sa_column=_moment())
    start: datetime = Field(sa_column=_moment())
    end: datetime = Field(sa_column=_moment())
    reference_start: datetime = Field(sa_column=_moment())
    reference_end: datetime = Field(sa_column=_moment())
    rows: int
    drifting: int
    score_drifts: bool
    worst: float
    since: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    signals_since: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    """Since when signals drift, scores not counted."""
    looks: int


class SignalRow(SQLModel, table=True):
    """What the last look found in a signal of an asset, and what was before."""

    __tablename__ = "drift_signal"  # pyright: ignore[reportAssignmentType]

    tenant_id: UUID = Field(primary_key=True)
    asset_id: UUID = Field(primary_key=True)
    signal: str = Field(primary_key=True)
    version_id: UUID
    looked_at: datetime = Field(sa_column=_moment())
    state: str
    finding: str
    figure: float | None = None
    limit: float | None = None
    over: int
    """Looks in a row over the limit."""
    since: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    rows: int
    before_low: float | None = None
    before_median: float | None = None
    before_high: float | None = None
    now_low: float | None = None
    now_median: float | None = None
    now_high: float | None = None
    unit: str | None = None
