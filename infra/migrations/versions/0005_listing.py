"""Lists that cost what a page costs: what they walk along, and counts that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0001"


def upgrade() -> None:
    folded = sa.Computed("lower(key || chr(10) || title)", persisted=True)
    op.add_column("asset", sa.Column("folded", sa.Text(), folded, nullable=False))
    op.drop_index("asset_page", "asset")
    page = ["tenant_id", "key", "id"]
    op.create_index("asset_page", "asset", page, unique=False, postgresql_include=["folded", "line_id"])
    count_assets_of_runs()
    op.create_index("run_asset_page", "run_asset", ["tenant_id", "run_id", "position"], unique=False)
    op.create_index("run_asset_by_asset", "run_asset", ["tenant_id", "asset_id", "run_id"], unique=False)
    stopped = sa.text("NOT passed")
    op.create_index("gate_stopped", "gate", ["tenant_id", "run_id", "asset_id"], unique=False, postgresql_where=stopped)
    is_open = sa.text("closed_at IS NULL")
    op.create_index("alarm_case_page", "alarm_case", ["tenant_id", "id"], unique=False, postgresql_where=is_open)
    on = sa.text("cleared_at IS NULL")
    op.create_index("alarm_page", "alarm", ["tenant_id", "id"], unique=False, postgresql_where=on)
    op.drop_index("quarantined_row_received", "quarantined_row")
    op.create_index("quarantined_row_received", "quarantined_row", ["tenant_id", "received_at", "id"], unique=False)


def count_assets_of_runs() -> None:
    """Row-level security binds the owner as well, so it is lifted while all tenants' runs are counted."""
    op.add_column("run", sa.Column("asset_count", sa.Integer(), nullable=True))
    for table in ("run", "run_asset"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE run SET asset_count = (SELECT count(*) FROM run_asset a"
        " WHERE a.tenant_id = run.tenant_id AND a.run_id = run.id)"
    )
    for table in ("run", "run_asset"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("run", "asset_count", nullable=False)
