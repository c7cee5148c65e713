"""Rows of the plant model."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Computed, DateTime, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.changes import written_at
from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow


def _moment(**options: Any) -> Any:
    return Column(DateTime(timezone=True), **options)


class SiteTable(TenantRow, table=True):
    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: str


class LineTable(TenantRow, table=True):
    __tablename__ = "line"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "site_id"], ["site.tenant_id", "site.id"]),
        UniqueConstraint("tenant_id", "site_id", "name"),
    )

    site_id: UUID
    name: str


class ContractTable(TenantRow, table=True):
    __tablename__ = "contract"
    __table_args__ = (UniqueConstraint("tenant_id", "key"),)

    key: str


class ContractVersionTable(TenantRow, table=True):
    __tablename__ = "contract_version"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "contract_id"], ["contract.tenant_id", "contract.id"]),
        UniqueConstraint("tenant_id", "contract_id", "version"),
    )

    contract_id: UUID
    version: int
    digest: str
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))


class AssetTable(TenantRow, table=True):
    __tablename__ = "asset"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "line_id"], ["line.tenant_id", "line.id"]),
        ForeignKeyConstraint(["tenant_id", "contract_id"], ["contract.tenant_id", "contract.id"]),
        UniqueConstraint("tenant_id", "key"),
        Index("asset_page", "tenant_id", "key", "id", postgresql_include=["folded", "line_id"]),
        Index("asset_updated", "tenant_id", "updated_at", "id"),
    )

    key: str
    title: str
    line_id: UUID
    contract_id: UUID
    folded: str | None = Field(
        default=None, sa_column=Column(Text, Computed("lower(key || chr(10) || title)", persisted=True), nullable=False)
    )
    """Key and title as the search looks at them, a line each; the database keeps it."""
    labels: dict[str, str] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    """Values by key."""
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment(nullable=False))
    updated_at: datetime | None = written_at()
    """When the transaction began that wrote it last; a trigger keeps it."""
