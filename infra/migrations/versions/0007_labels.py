"""Labels of assets: values by key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("asset", sa.Column("labels", JSONB(), server_default=sa.text("'{}'"), nullable=False))
