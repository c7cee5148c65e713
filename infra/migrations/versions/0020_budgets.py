"""Quotas of tenants and what is used of their budgets."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "quota",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("per_second", sa.Float(), nullable=False),
        sa.Column("burst", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "budget"),
    )
    op.create_table(
        "budget_use",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("budget", sa.String(), nullable=False),
        sa.Column("empty_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "budget"),
    )
    for table in ("quota", "budget_use"):
        for statement in protect(table):
            op.execute(statement)
    for statement in watch("quota", WATCHED["quota"]):
        op.execute(statement)
