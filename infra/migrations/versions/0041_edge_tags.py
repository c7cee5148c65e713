"""Tags that edges find, and which signals they feed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "edge_source",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edge_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.Column("changed_at", moment, nullable=True),
        sa.Column("asked_at", moment, nullable=True),
        sa.Column("read_at", moment, nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("tags", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "edge_id", "source"),
    )
    op.create_table(
        "edge_tag",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edge_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("path", postgresql.ARRAY(sa.String()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "edge_id", "source", "position"),
    )
    for table in ("edge_source", "edge_tag"):
        for statement in protect(table):
            op.execute(statement)
    for statement in watch("edge_source", WATCHED["edge_source"]):
        op.execute(statement)
