"""Rules that bind assets to a blueprint, their bindings, and what a run lends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.rls import protect

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("run", sa.Column("lenders", postgresql.JSONB(), nullable=True))
    op.create_table(
        "binding_rule",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("blueprint", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "blueprint", "labels"),
    )
    op.create_table(
        "binding",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("train_at", sa.Integer(), nullable=True),
        sa.Column("may_borrow", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id", "rule_id"], ["binding_rule.tenant_id", "binding_rule.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "asset_id"),
    )
    op.create_index("binding_page", "binding", ["tenant_id", "rule_id", "state", "id"], unique=False)
    due = sa.text("run_id IS NULL")
    op.create_index("binding_due", "binding", ["tenant_id", "look_at"], unique=False, postgresql_where=due)
    op.create_index("binding_run", "binding", ["tenant_id", "run_id"], unique=False)
    for table in ("binding_rule", "binding"):
        for statement in protect(table):
            op.execute(statement)
