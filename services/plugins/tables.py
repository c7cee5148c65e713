"""Rows of plugins. What is installed or in the catalogue has no row; what a tenant made of it has."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow


class EnablingRow(TenantRow, table=True):
    """What a tenant said of a plugin. Without a row one that is installed with Andon is enabled, a package is not."""

    __tablename__ = "plugin_enabling"
    __table_args__ = (UniqueConstraint("tenant_id", "plugin"),)

    plugin: str
    enabled: bool
    version: str | None = None
    """Of a package; None for what is installed with Andon."""
    former_version: str | None = None
    settings: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    secret: str | None = None
    """JSON of the secret settings, encrypted with the installation's key, which is not in the database."""
    secret_names: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    """Of those in `secret`."""
    changed_by: str
    changed_at: datetime = Field(default_factory=utc_now, sa_column=Column(DateTime(timezone=True), nullable=False))
