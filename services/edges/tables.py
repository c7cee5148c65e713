"""Rows of edges."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
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
