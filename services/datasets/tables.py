"""Rows of snapshots: what was frozen; the rows themselves are in the tenant's bucket."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from services.kernel.clock import utc_now
from services.kernel.tables import TenantRow


def _moment() -> Any:
    return Column(DateTime(timezone=True), nullable=False)


class SnapshotTable(TenantRow, table=True):
    __tablename__: ClassVar[Any] = "dataset_snapshot"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "contract_id"], ["contract.tenant_id", "contract.id"]),
        UniqueConstraint("tenant_id", "digest"),
    )

    digest: str
    contract_id: UUID
    contract_version: int
    start: datetime = Field(sa_column=_moment())
    end: datetime = Field(sa_column=_moment())
    rows: int = Field(sa_column=Column(BigInteger, nullable=False))
    assets: int
    created_at: datetime = Field(default_factory=utc_now, sa_column=_moment())
