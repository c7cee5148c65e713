"""Members' workbenches, and who may look at one."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "workbench",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "member_id"),
    )
    op.create_table(
        "workbench_visit",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workbench_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(["tenant_id", "workbench_id"], ["workbench.tenant_id", "workbench.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_id"], ["login_session.tenant_id", "login_session.id"], ondelete="CASCADE"
        ),
    )
    for table in ("workbench", "workbench_visit"):
        for statement in (*protect(table), *(watch(table, WATCHED[table]) if table in WATCHED else ())):
            op.execute(statement)
