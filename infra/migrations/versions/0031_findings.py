"""What a run found about its assets beside the gates, and which weights it started from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from infra.migrations.audit import WATCHED, watch

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("run_asset", sa.Column("findings", JSONB(), nullable=True))
    op.add_column("run", sa.Column("start_from", sa.String(), nullable=False, server_default="nothing"))
    # The trail is to tell it too: the function names its columns, so it is made anew.
    op.execute("DROP FUNCTION audit_run() CASCADE")
    for statement in watch("run", WATCHED["run"]):
        op.execute(statement)
