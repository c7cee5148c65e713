"""Parameters that an asset of a run has of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("run_asset", sa.Column("parameters", JSONB(), nullable=True))
    own = sa.text("parameters IS NOT NULL")
    page = ["tenant_id", "run_id", "position"]
    op.create_index("run_asset_overridden", "run_asset", page, unique=False, postgresql_where=own)
