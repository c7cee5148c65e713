"""Rows of bindings. Assets, runs and versions are other services' and are referred to by id only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kernel.tables import TenantRow


def _time() -> Any:
    return Column(DateTime(timezone=True), nullable=False)


class RuleRow(TenantRow, table=True):
    """A standing label query with a blueprint."""

    __tablename__ = "binding_rule"
    __table_args__ = (UniqueConstraint("tenant_id", "blueprint", "labels"),)

    blueprint: str
    labels: str
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_by: str
    created_at: datetime = Field(sa_column=_time())


class BindingRow(TenantRow, table=True):
    """An asset that a rule bound; the first rule that matches has it."""

    __tablename__ = "binding"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "rule_id"], ["binding_rule.tenant_id", "binding_rule.id"]),
        UniqueConstraint("tenant_id", "asset_id"),
        Index("binding_page", "tenant_id", "rule_id", "state", "id"),
        Index("binding_due", "tenant_id", "look_at", postgresql_where=text("run_id IS NULL")),
        Index("binding_run", "tenant_id", "run_id"),
    )

    rule_id: UUID
    asset_id: UUID
    state: str
    message: str
    rows: int = 0
    train_at: int | None = None
    """Rows at which it is trained next; None for never."""
    may_borrow: bool = True
    run_id: UUID | None = None
    version_id: UUID | None = None
    """The champion that it promoted last: what a person chose instead is left alone."""
    look_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    """When its rows are counted again; None for never."""
