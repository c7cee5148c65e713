"""Invitations, and the door that finds the tenant of one."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import credential_door, protect

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "digest"),
    )
    op.create_index("invitation_digest", "invitation", ["digest"], unique=False)
    for statement in [
        *protect("invitation"),
        *credential_door("invitation_by_digest", "invitation"),
        *watch("invitation", WATCHED["invitation"]),
    ]:
        op.execute(statement)
