"""What was judged of a run's range, and why somebody took it all the same."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.audit import WATCHED, watch

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("run", sa.Column("suitability", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("run", sa.Column("override_reason", sa.String(), nullable=True))
    # The trail is to tell the reason too: the function names its columns, so it is made anew.
    op.execute("DROP FUNCTION audit_run() CASCADE")
    for statement in watch("run", WATCHED["run"]):
        op.execute(statement)
