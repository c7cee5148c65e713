"""Rows of edges."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


class PlantEdgeRow(TenantRow, table=True):
    """An edge and what it said last."""

    __tablename__ = "plant_edge"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: str
    report: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    """As `model.as_json` has it."""
    seen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    key: str


class EdgeSourceRow(TenantRow, table=True):
    """What people said of a source of an edge, and how the reading of its tags went."""

    __tablename__ = "edge_source"
    __table_args__ = (UniqueConstraint("tenant_id", "edge_id", "source"),)

    edge_id: UUID
    source: str
    version: int = 0
    mapping: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    """As `mapping.as_json` has it."""
    changed_by: str | None = None
    changed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    asked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    read_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    why: str = ""
    tags: int = 0


class EdgeTagRow(TenantRow, table=True):
    """A tag, in the order in which browsing found it."""

    __tablename__ = "edge_tag"
    __table_args__ = (UniqueConstraint("tenant_id", "edge_id", "source", "position"),)

    edge_id: UUID
    source: str
    position: int
    address: str
    title: str
    unit: str | None = None
    path: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
