"""What a run found about its assets beside the gates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("run_asset", sa.Column("findings", JSONB(), nullable=True))
