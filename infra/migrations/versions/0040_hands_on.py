"""How long people worked on assets."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.rls import protect

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "hands_on",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("hands_on_asset", "hands_on", ["tenant_id", "asset_id", "at"])
    for statement in protect("hands_on"):
        op.execute(statement)
