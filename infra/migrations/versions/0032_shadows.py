"""How long shadows take, and plans that wait for what shadows show."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("shadow", sa.Column("took_s", sa.Float(), nullable=True))
    op.add_column("shadow", sa.Column("champion_took_s", sa.Float(), nullable=True))
    op.add_column("retraining_occasion", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("retraining_occasion", sa.Column("version_id", sa.Uuid(), nullable=True))
    op.create_index(
        "retraining_occasion_shadowed",
        "retraining_occasion",
        ["tenant_id", "looked_at", "id"],
        postgresql_where=sa.text("state = 'shadowed'"),
    )
