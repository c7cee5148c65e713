"""A key that takes another one's place."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("api_key", sa.Column("replaces", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "api_key_tenant_id_replaces_fkey", "api_key", "api_key", ["tenant_id", "replaces"], ["tenant_id", "id"]
    )
    op.create_unique_constraint("api_key_tenant_id_replaces_key", "api_key", ["tenant_id", "replaces"])
