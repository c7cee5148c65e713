"""Rows of rollouts. Assets, runs and versions are other services' and are referred to by id only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _time(nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class RolloutRow(TenantRow, table=True):
    """A rollout and where it stands. Locked by whoever takes it on."""

    __tablename__ = "rollout"
    __table_args__ = (Index("rollout_run", "tenant_id", "run_id"),)

    blueprint: str
    start: datetime = Field(sa_column=_time())
    end: datetime = Field(sa_column=_time())
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    """The overrides as they were given; training resolves them."""
    seed: int = Field(sa_column=Column(BigInteger, nullable=False))
    shares: list[float] = Field(sa_column=Column(JSONB, nullable=False))
    most_failing: float
    by_hand: bool
    asset_count: int
    cohort: int = 1
    """Which one it is at, from 1."""
    cohort_count: int
    state: str
    message: str
    run_id: UUID | None = None
    """The run whose end it waits for."""
    created_by: str
    created_at: datetime = Field(sa_column=_time())
    ended_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class RolloutAssetRow(TenantRow, table=True):
    """An asset of a rollout."""

    __tablename__ = "rollout_asset"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "rollout_id"], ["rollout.tenant_id", "rollout.id"]),
        UniqueConstraint("tenant_id", "rollout_id", "asset_id"),
        Index("rollout_asset_page", "tenant_id", "rollout_id", "position"),
        Index("rollout_asset_state", "tenant_id", "rollout_id", "state", "position"),
    )

    rollout_id: UUID
    asset_id: UUID
    position: int
    cohort: int
    state: str
    reason: str | None = None
    run_id: UUID | None = None
    version_id: UUID | None = None
    parameters: dict[str, float] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    """Those of its own, as they were given."""
