"""How far signals and scores lie from what champions were trained on; plans that retrain for it."""

import sqlalchemy as sa
from alembic import op

from infra.migrations.audit import WATCHED, rewatch
from infra.migrations.rls import protect

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "drift_reference",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("contract_version", sa.Integer(), nullable=False),
        sa.Column("length_s", sa.Integer(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signals", sa.LargeBinary(), nullable=False),
        sa.Column("score", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_table(
        "drift_look",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("drifting", sa.Integer(), nullable=False),
        sa.Column("score_drifts", sa.Boolean(), nullable=False),
        sa.Column("worst", sa.Float(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signals_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    some = sa.text("since IS NOT NULL")
    op.create_index("drift_look_due", "drift_look", ["tenant_id", "looked_at"], unique=False)
    op.create_index("drift_look_worst", "drift_look", ["tenant_id", "worst", "id"], unique=False, postgresql_where=some)
    op.create_index("drift_look_since", "drift_look", ["tenant_id", "since", "id"], unique=False, postgresql_where=some)
    op.create_table(
        "drift_signal",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("figure", sa.Float(), nullable=True),
        sa.Column("limit", sa.Float(), nullable=True),
        sa.Column("over", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        *(sa.Column(f"{side}_{which}", sa.Float(), nullable=True) for side in ("before", "now") for which in _SHOWN),
        sa.Column("unit", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "asset_id", "signal"),
    )
    for table in ("drift_reference", "drift_look", "drift_signal"):
        for statement in protect(table):
            op.execute(statement)
    op.add_column("retraining_plan", sa.Column("looks", sa.Integer(), nullable=True))
    for statement in rewatch("retraining_plan", WATCHED["retraining_plan"]):
        op.execute(statement)


_SHOWN = ("low", "median", "high")
