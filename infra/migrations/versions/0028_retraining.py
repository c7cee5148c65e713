"""Plans to retrain, and the occasions on which they came up."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "retraining_plan",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=True),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.Column("blueprint", sa.String(), nullable=True),
        sa.Column("lookback_days", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("delay_hours", sa.Integer(), nullable=True),
        sa.Column("alarms", sa.Integer(), nullable=True),
        sa.Column("within_days", sa.Integer(), nullable=True),
        sa.Column("promotion", sa.String(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("next_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "name"),
    )
    op.create_table(
        "retraining_occasion",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("champion_id", sa.Uuid(), nullable=True),
        sa.Column("held_out_failed", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id", "plan_id"], ["retraining_plan.tenant_id", "retraining_plan.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "plan_id", "asset_id", "cause"),
    )
    table = "retraining_occasion"
    op.create_index("retraining_occasion_page", table, ["tenant_id", "plan_id", "id"], unique=False)
    op.create_index("retraining_occasion_asset", table, ["tenant_id", "asset_id", "id"], unique=False)
    waiting = sa.text("state = 'waiting'")
    op.create_index("retraining_occasion_waiting", table, ["tenant_id", "id"], unique=False, postgresql_where=waiting)
    op.create_index("retraining_occasion_run", table, ["tenant_id", "run_id"], unique=False)
    for each in ("retraining_plan", table):
        for statement in protect(each):
            op.execute(statement)
    for statement in watch("retraining_plan", WATCHED["retraining_plan"]):
        op.execute(statement)
