"""Loops, and the facts about champions that they are derived from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.rls import protect

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "loop_fact",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "sequence", "asset_id"),
    )
    op.create_index("loop_fact_asset", "loop_fact", ["tenant_id", "asset_id", "at"])
    op.create_table(
        "loop",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("begun_by", sa.String(), nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("noticed_at", moment, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("end", sa.String(), nullable=True),
        sa.Column("live_at", moment, nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("blueprint", sa.String(), nullable=True),
        sa.Column("stays", postgresql.JSONB(), nullable=False),
        sa.Column("steps_back", sa.Integer(), nullable=False),
        *(sa.Column(f"{stage}_s", sa.Float(), nullable=False) for stage in ("observe", "orient", "decide", "act")),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("loop_page", "loop", ["tenant_id", "changed_at", "id"])
    op.create_index("loop_asset", "loop", ["tenant_id", "asset_id", "changed_at"])
    still_open = sa.text("state = 'open'")
    op.create_index("loop_open", "loop", ["tenant_id", "changed_at", "id"], postgresql_where=still_open)
    op.create_index("loop_ended", "loop", ["tenant_id", "ended_at"])
    for table in ("loop_fact", "loop"):
        for statement in protect(table):
            op.execute(statement)
