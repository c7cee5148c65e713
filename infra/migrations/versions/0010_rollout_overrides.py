"""Parameters that an asset of a rollout has of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("rollout_asset", sa.Column("parameters", JSONB(), nullable=True))
