"""Rows of plugins. What is installed or in the catalogue has no row; what a tenant made of it or brought itself has."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, UniqueConstraint
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


class PipelineVersionRow(TenantRow, table=True):
    """A version of a package that the tenant registered itself. Its wheel lies in the tenant's bucket, its files in the
    tenant's folder beside the catalogue; which version is used, and whether any is, its `EnablingRow` says."""

    __tablename__ = "pipeline_version"
    __table_args__ = (
        UniqueConstraint("tenant_id", "plugin", "version"),
        UniqueConstraint("tenant_id", "plugin", "number"),
    )

    plugin: str
    """Name of the distribution."""
    version: str
    number: int
    """From 1, in the order in which they were registered."""
    wheel: str
    """SHA-256 of the wheel."""
    files: str
    """SHA-256 over all that was unpacked of it: what makes it the same as another."""
    digest: str
    """Of the plugin, as models that it made carry it."""
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    """Of the wheel."""
    title: str
    summary: str
    sector: str
    package: str
    """The import package."""
    sdk: str
    declared: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    """What its hooks declared in its box, so that nobody has to ask again."""
    link: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    """What the wheel says of its notebook, as it says it."""
    registered_by: str
    registered_at: datetime = Field(default_factory=utc_now, sa_column=Column(DateTime(timezone=True), nullable=False))
