"""Rows of training. Assets, contracts and versions are other services' and are referred to by id only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.changes import written_at
from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow
from services.training.contracts import RunState, StartFrom

_ACTIVE = text("active")
_OVERRIDDEN = text("parameters IS NOT NULL")


def _time(nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class RunRow(TenantRow, table=True):
    """A run and where it stands."""

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_state", "tenant_id", "state"),
        Index("run_by_blueprint", "tenant_id", "blueprint", "id"),
        Index("run_updated", "tenant_id", "updated_at", "id"),
    )

    blueprint: str
    blueprint_version: str
    declared_id: UUID | None = None
    """What the blueprint declared at the start; None for runs from before that was recorded."""
    contract_id: UUID
    contract_version: int
    start: datetime = Field(sa_column=_time())
    end: datetime = Field(sa_column=_time())
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    seed: int = Field(sa_column=Column(BigInteger, nullable=False))
    lenders: list[str] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    """Versions whose models it adapts; None for a run that trains."""
    start_from: str = Field(
        default=StartFrom.NOTHING.value, sa_column=Column(String, nullable=False, server_default="nothing")
    )
    suitability: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    """What was judged of its range; None where nobody did."""
    override_reason: str | None = None
    asset_count: int
    """How many `run_asset` rows it has: a list of runs must not count ten thousand of each."""
    state: str = RunState.QUEUED.value
    progress: float = 0.0
    message: str = ""
    snapshot_digest: str | None = None
    created_by: str
    created_at: datetime = Field(default_factory=utc_now, sa_column=_time())
    started_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    ended_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    heartbeat_at: datetime = Field(default_factory=utc_now, sa_column=_time())
    """When whoever has the run was last heard of."""
    traceparent: str | None = None
    command_sequence: int | None = Field(default=None, sa_column=Column(BigInteger))
    """Where the command stands in the stream of commands."""
    progress_sequence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """Of the last message about this run that was taken in."""
    attempt: int = 0
    """How many times a trainer took the run up."""
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    """What the trainer said at its end: digests and objects, never measurements."""
    updated_at: datetime | None = written_at()
    """When the transaction began that wrote it last; a trigger keeps it."""


class RunAssetRow(TenantRow, table=True):
    """An asset of a run. `active` rows are unique by asset: one active run an asset at most."""

    __tablename__ = "run_asset"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "run_id"], ["run.tenant_id", "run.id"]),
        UniqueConstraint("tenant_id", "run_id", "asset_id"),
        Index("run_asset_page", "tenant_id", "run_id", "position"),
        Index("run_asset_by_asset", "tenant_id", "asset_id", "run_id"),
        Index("run_asset_overridden", "tenant_id", "run_id", "position", postgresql_where=_OVERRIDDEN),
        Index("uq_run_asset_active", "tenant_id", "asset_id", unique=True, postgresql_where=_ACTIVE),
    )

    run_id: UUID
    asset_id: UUID
    position: int
    """Place in the run; the model's place in the pack may differ, where others failed."""
    active: bool = True
    version_id: UUID | None = None
    problem: str | None = None
    """Why this asset got no version although the run went on, for people."""
    parameters: dict[str, float] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    """Those in which it differs from the run."""
    findings: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    """What was found beside the gates; None where nothing was."""


class StageRow(TenantRow, table=True):
    """A stay of a run in a state."""

    __tablename__ = "run_stage"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "run_id"], ["run.tenant_id", "run.id"]),
        UniqueConstraint("tenant_id", "run_id", "number"),
    )

    run_id: UUID
    number: int
    state: str
    entered_at: datetime = Field(sa_column=_time())
    left_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class GateRow(TenantRow, table=True):
    """A gate's verdict on one asset's new version."""

    __tablename__ = "gate"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "run_id"], ["run.tenant_id", "run.id"]),
        UniqueConstraint("tenant_id", "run_id", "asset_id", "key"),
        Index("gate_page", "tenant_id", "run_id", "number"),
        Index("gate_stopped", "tenant_id", "run_id", "asset_id", postgresql_where=text("NOT passed")),
    )

    run_id: UUID
    asset_id: UUID
    number: int
    """Place among the run's verdicts."""
    key: str
    passed: bool
    value: float | None
    limit: float | None
    sentence: str
