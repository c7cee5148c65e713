"""Rows of monitoring. Assets, versions and events are other services' and are referred to by id only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.changes import written_at
from services.kernel.tables import TenantRow
from services.monitoring.contracts import AlarmState


def _moment(nullable: bool = True) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class CaseRow(TenantRow, table=True):
    """Gathers an asset's alarms; at most one of an asset is open."""

    __tablename__ = "alarm_case"
    __table_args__ = (
        Index("alarm_case_open", "tenant_id", "asset_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("alarm_case_page", "tenant_id", "id", postgresql_where=text("closed_at IS NULL")),
        Index("alarm_case_asset", "tenant_id", "asset_id", "opened_at"),
    )

    asset_id: UUID
    title: str
    opened_at: datetime = Field(sa_column=_moment(nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=_moment())
    closed_by: str | None = None
    closed_because: str | None = None
    """`recovered` or `event_retracted`, where a regime's end closed it."""
    retrain_for: UUID | None = None
    """The event that changed what is normal, and that a new model is wanted for."""
    waits: bool = False
    """For that model: so it is open whether alarms are on or not."""


class AlarmRow(TenantRow, table=True):
    """An alarm; at most one of an asset is not cleared."""

    __tablename__ = "alarm"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "case_id"], ["alarm_case.tenant_id", "alarm_case.id"]),
        Index("alarm_open", "tenant_id", "asset_id", unique=True, postgresql_where=text("cleared_at IS NULL")),
        Index("alarm_page", "tenant_id", "id", postgresql_where=text("cleared_at IS NULL")),
        Index("alarm_asset", "tenant_id", "asset_id", "raised_at"),
        Index("alarm_case_id", "tenant_id", "case_id"),
        Index("alarm_updated", "tenant_id", "updated_at", "id"),
    )

    asset_id: UUID
    case_id: UUID
    rule: str
    state: str = AlarmState.ACTIVE.value
    raised_at: datetime = Field(sa_column=_moment(nullable=False))
    cleared_at: datetime | None = Field(default=None, sa_column=_moment())
    cleared_because: str | None = None
    cleared_by_event: UUID | None = None
    shelved_until: datetime | None = Field(default=None, sa_column=_moment())
    muted_by: UUID | None = None
    """The event because of which it was shelved by the platform at once: the model that raised it is of before."""
    peak: float
    top: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    """[[signal, share], ...], largest first."""
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_column=_moment())
    updated_at: datetime | None = written_at()
    """When the transaction began that wrote it last; a trigger keeps it."""


class HealthRow(TenantRow, table=True):
    """An asset as last seen, with the counters of its alarm rule; `id` is the asset's id."""

    __tablename__ = "asset_health"
    __table_args__ = (Index("asset_health_contract", "tenant_id", "contract_id"),)

    contract_id: UUID
    silent_after_s: float
    deployed_at: datetime | None = Field(default=None, sa_column=_moment())
    """When a model first served it; None: it has none."""
    seen_at: datetime | None = Field(default=None, sa_column=_moment())
    """When the stream took its newest row."""
    last_row_at: datetime | None = Field(default=None, sa_column=_moment())
    """Newest source time; `value`, `coverage`, `route`, `version` and `missing` are that row's."""
    value: float | None = None
    coverage: float | None = None
    route: int | None = None
    version: UUID | None = None
    missing: str = ""
    """Positions in the contract of the signals not used, as `3,17`."""
    recent: str = ""
    """For each of the rule's last answered rows 1 if it was above, else 0; newest last."""
    below: int = 0
    """Answered rows in a row below the rule's lower limit."""
    rebased_at: datetime | None = Field(default=None, sa_column=_moment())
    """When the present regime began: rows before it raise nothing."""
    rebased_by: UUID | None = None
    muted_by: UUID | None = None
    """The event that began a regime which the champion does not know."""
    muted_until: datetime | None = Field(default=None, sa_column=_moment())
    """Alarms are muted until then, or until the asset has recovered."""


class AlarmBudgetRow(TenantRow, table=True):
    """What the people of a tenant can handle, where that was said; `id` is the tenant's id."""

    __tablename__ = "alarm_budget"

    per_hour: float
    """Alarms that one of them can."""
    operators: int
    """How many of them there are at a time."""
    changed_by: str
    changed_at: datetime = Field(sa_column=_moment(nullable=False))


class CursorRow(TenantRow, table=True):
    """How far the tenant's stream of scores was taken in; `id` is the tenant's id."""

    __tablename__ = "monitoring_cursor"

    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
