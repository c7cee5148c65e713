"""What tenants enabled of the plugins, with settings and sealed secrets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "plugin_enabling",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("former_version", sa.String(), nullable=True),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("secret_names", postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "plugin"),
    )
    for statement in (*protect("plugin_enabling"), *watch("plugin_enabling", WATCHED["plugin_enabling"])):
        op.execute(statement)
