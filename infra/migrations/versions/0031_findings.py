"""What a run found about its assets beside the gates, and which weights it started from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("run_asset", sa.Column("findings", JSONB(), nullable=True))
    op.add_column("run", sa.Column("start_from", sa.String(), nullable=False, server_default="nothing"))
    op.alter_column("run", "start_from", server_default=None)
