"""Gates of a run in pages."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_index("gate_page", "gate", ["tenant_id", "run_id", "number"])
