"""Plans that update the champion."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.audit import WATCHED, rewatch

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    column = sa.Column("start_from", sa.String(), nullable=False, server_default="nothing")
    op.add_column("retraining_plan", column)
    op.alter_column("retraining_plan", "start_from", server_default=None)
    for statement in rewatch("retraining_plan", WATCHED["retraining_plan"]):
        op.execute(statement)
