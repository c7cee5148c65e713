"""Packages that tenants registered themselves, made from notebooks, and their runs in the order of time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "pipeline_version",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("wheel", sa.String(), nullable=False),
        sa.Column("files", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("package", sa.String(), nullable=False),
        sa.Column("sdk", sa.String(), nullable=False),
        sa.Column("declared", postgresql.JSONB(), nullable=False),
        sa.Column("link", postgresql.JSONB(), nullable=False),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "plugin", "version"),
        sa.UniqueConstraint("tenant_id", "plugin", "number"),
    )
    op.create_index("run_by_blueprint", "run", ["tenant_id", "blueprint", "id"])
    for statement in (*protect("pipeline_version"), *watch("pipeline_version", WATCHED["pipeline_version"])):
        op.execute(statement)
