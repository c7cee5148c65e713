"""Rows of blueprints: what earlier versions declared. What is installed now has no row."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow


class BlueprintVersionRow(TenantRow, table=True):
    """One immutable version, addressed by its content; see `repository.digest_of`."""

    __tablename__ = "blueprint_version"
    __table_args__ = (
        UniqueConstraint("tenant_id", "digest"),
        Index("blueprint_version_page", "tenant_id", "key", "id"),
    )

    key: str
    version: str
    plugin: str
    plugin_version: str
    plugin_digest: str
    digest: str
    declaration: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    recorded_at: datetime = Field(default_factory=utc_now, sa_column=Column(DateTime(timezone=True), nullable=False))
