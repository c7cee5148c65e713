"""Claims of idempotency keys."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.rls import protect

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "idempotency_claim",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "actor", "key"),
    )
    op.create_index("idempotency_claim_created", "idempotency_claim", ["tenant_id", "created_at"], unique=False)
    for statement in protect("idempotency_claim"):
        op.execute(statement)
