"""Rows of retraining. Assets, runs, versions, events and alarms are other services' and are referred to by id only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _moment(*, nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class PlanRow(TenantRow, table=True):
    """A standing wish to retrain."""

    __tablename__ = "retraining_plan"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: str
    labels: str | None = None
    asset_id: UUID | None = None
    blueprint: str | None = None
    lookback_days: int
    trigger: str
    every_days: int | None = None
    hour: int | None = None
    zone: str | None = None
    delay_hours: int | None = None
    alarms: int | None = None
    within_days: int | None = None
    looks: int | None = None
    promotion: str
    start_from: str
    paused: bool = False
    next_due: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    since: datetime = Field(sa_column=_moment())
    created_by: str
    created_at: datetime = Field(sa_column=_moment())


class OccasionRow(TenantRow, table=True):
    """A plan came up for an asset; `cause` tells the same occasion from another."""

    __tablename__ = "retraining_occasion"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "plan_id"], ["retraining_plan.tenant_id", "retraining_plan.id"]),
        UniqueConstraint("tenant_id", "plan_id", "asset_id", "cause"),
        Index("retraining_occasion_page", "tenant_id", "plan_id", "id"),
        Index("retraining_occasion_asset", "tenant_id", "asset_id", "id"),
        Index("retraining_occasion_waiting", "tenant_id", "id", postgresql_where=text("state = 'waiting'")),
        Index("retraining_occasion_run", "tenant_id", "run_id"),
        Index(
            "retraining_occasion_shadowed", "tenant_id", "looked_at", "id", postgresql_where=text("state = 'shadowed'")
        ),
    )

    plan_id: UUID
    asset_id: UUID
    cause: str
    subject_id: UUID | None = None
    """The event that began the regime, or the newest of the alarms."""
    moment: datetime = Field(sa_column=_moment())
    noticed_at: datetime = Field(sa_column=_moment())
    start: datetime = Field(sa_column=_moment())
    end: datetime = Field(sa_column=_moment())
    state: str
    message: str
    run_id: UUID | None = None
    champion_id: UUID | None = None
    """The asset's champion when the run began: what a person chose instead is left alone."""
    version_id: UUID | None = None
    """What is watched as a shadow."""
    looked_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    """When its shadow was looked at last."""
    held_out_failed: bool = False
    ended_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
