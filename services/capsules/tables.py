"""Rows of capsules. Assets and versions are other services' and are referred to by id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _moment(nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class CapsuleRow(TenantRow, table=True):
    """A capsule and where it stands; its file is an object under `model.file_of`."""

    __tablename__ = "capsule"
    __table_args__ = (
        UniqueConstraint("tenant_id", "asset_id", "version_id", "shadow", "time"),
        Index("capsule_end", "tenant_id", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )

    asset_id: UUID
    version_id: UUID
    shadow: bool
    time: datetime = Field(sa_column=_moment())
    state: str
    problem: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    reproduced: bool | None = None
    remark: str | None = None
    differences: list[Any] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    models: list[Any] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    rows: int = 0
    bytes: int | None = Field(default=None, sa_column=Column(BigInteger))
    sha256: str | None = None
    kept_as: str | None = None
    created_by: str
    created_at: datetime = Field(sa_column=_moment())
    expires_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
