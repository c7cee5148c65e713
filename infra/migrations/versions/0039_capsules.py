"""Capsules: all that reproduces one score, and whether it did."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "capsule",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", JSONB(), nullable=True),
        sa.Column("reproduced", sa.Boolean(), nullable=True),
        sa.Column("remark", sa.String(), nullable=True),
        sa.Column("differences", JSONB(), nullable=False),
        sa.Column("models", JSONB(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("kept_as", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "asset_id", "version_id", "shadow", "time"),
    )
    op.create_index(
        "capsule_end", "capsule", ["tenant_id", "expires_at"], postgresql_where=sa.text("expires_at IS NOT NULL")
    )
    for statement in (*protect("capsule"), *watch("capsule", WATCHED["capsule"])):
        op.execute(statement)
