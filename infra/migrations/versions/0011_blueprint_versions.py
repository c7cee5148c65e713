"""What blueprints declared when runs used them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infra.migrations.rls import protect

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "blueprint_version",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("plugin_version", sa.String(), nullable=False),
        sa.Column("plugin_digest", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("declaration", JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "digest"),
    )
    op.create_index("blueprint_version_page", "blueprint_version", ["tenant_id", "key", "id"], unique=False)
    for statement in protect("blueprint_version"):
        op.execute(statement)
    op.add_column("run", sa.Column("declared_id", sa.Uuid(), nullable=True))
