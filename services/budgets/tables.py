"""Rows of budgets."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, UniqueConstraint
from sqlmodel import Field, SQLModel

from services.kernel.tables import TenantRow


class QuotaTable(TenantRow, table=True):
    """A quota that a tenant has of its own. Without a row it is the installation's."""

    __tablename__ = "quota"
    __table_args__ = (UniqueConstraint("tenant_id", "budget"),)

    budget: str
    per_second: float
    burst: int = Field(sa_column=Column(BigInteger, nullable=False))


class CeilingTable(TenantRow, table=True):
    """A ceiling that a tenant has of its own. Without a row it is the usual one."""

    __tablename__ = "ceiling"
    __table_args__ = (UniqueConstraint("tenant_id", "ceiling"),)

    ceiling: str
    most: int = Field(sa_column=Column(BigInteger, nullable=False))


class StorageUseTable(TenantRow, table=True):
    """What was found in the tenant's bucket, but for staged files; `id` is the tenant's id."""

    __tablename__ = "storage_use"

    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    objects: int = Field(sa_column=Column(BigInteger, nullable=False))
    measured_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class BudgetUseTable(SQLModel, table=True):
    """What all processes together have taken of a budget."""

    __tablename__: ClassVar[Any] = "budget_use"

    tenant_id: UUID = Field(primary_key=True)
    budget: str = Field(primary_key=True)
    empty_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    """When all of it will have come back, by the database's clock."""
