"""A tenant's state, and the fence around one that is being deleted."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.tenant_life import tenant_life

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("tenant", sa.Column("state", sa.String(), nullable=False, server_default="active"))
    for statement in tenant_life():
        op.execute(statement)
