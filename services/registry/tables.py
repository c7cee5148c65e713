"""Rows of the registry. An asset is referred to by id only: the plant model is another service's."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.changes import written_at
from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow


class ModelRow(TenantRow, table=True):
    """An asset's line of versions; its row lock orders the numbering."""

    __tablename__ = "model"
    __table_args__ = (UniqueConstraint("tenant_id", "asset_id"),)

    asset_id: UUID
    last_number: int = 0


class VersionRow(TenantRow, table=True):
    """One immutable version. `(run_id, asset_id)` is unique, so registering a run's versions again adds nothing."""

    __tablename__ = "model_version"
    __table_args__ = (
        UniqueConstraint("tenant_id", "asset_id", "number"),
        UniqueConstraint("tenant_id", "run_id", "asset_id"),
        Index("ix_model_version_artefact", "tenant_id", "artefact_digest"),
        Index("model_version_updated", "tenant_id", "updated_at", "id"),
    )

    asset_id: UUID
    run_id: UUID
    number: int
    artefact_digest: str
    index: int
    lineage: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    metrics: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(default_factory=utc_now, sa_column=Column(DateTime(timezone=True), nullable=False))
    updated_at: datetime | None = written_at()
    """When the transaction began that wrote it last; a trigger keeps it."""


class AliasRow(TenantRow, table=True):
    """Which version an alias of an asset points at."""

    __tablename__ = "model_alias"
    __table_args__ = (
        UniqueConstraint("tenant_id", "asset_id", "alias"),
        ForeignKeyConstraint(["tenant_id", "version_id"], ["model_version.tenant_id", "model_version.id"]),
        Index("ix_model_alias_version", "tenant_id", "version_id"),
    )

    asset_id: UUID
    alias: str
    version_id: UUID
    set_at: datetime = Field(default_factory=utc_now, sa_column=Column(DateTime(timezone=True), nullable=False))
