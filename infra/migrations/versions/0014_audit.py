"""The audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.audit import WATCHED, trail, watch
from infra.migrations.rls import door, protect

revision = "0014"
down_revision = "0013"

TABLES = (
    "tenant", "member", "login_link", "login_session", "api_key", "enclave_credential", "site", "line", "asset",
    "contract_version", "event", "run", "deployment", "shadow", "rollout", "binding_rule", "alarm", "alarm_case",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "audit_record",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "number"),
    )
    op.create_index("audit_record_actor", "audit_record", ["tenant_id", "actor", "number"], unique=False)
    op.create_index("audit_record_action", "audit_record", ["tenant_id", "action", "number"], unique=False)
    op.create_table(
        "audit_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "record_id", "place"),
    )
    op.create_index("audit_change_object", "audit_change", ["tenant_id", "object_id", "record_id"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    for table in ("audit_record", "audit_change", "audit_head"):
        for statement in protect(table, "SELECT"):
            op.execute(statement)
    for statement in trail():
        op.execute(statement)
    for table in TABLES:
        for statement in watch(table, WATCHED[table]):
            op.execute(statement)
    op.execute("GRANT CREATE ON SCHEMA public TO andon_door")
    op.execute("CREATE POLICY door ON audit_head FOR SELECT TO andon_door USING (true)")
    heads = "SELECT tenant_id, number, digest FROM audit_head"
    for statement in door("audit_heads", "", "TABLE (tenant_id uuid, number bigint, digest text)", "audit_head", heads,
                          "andon_relay"):  # fmt: skip
        op.execute(statement)
    op.execute("REVOKE CREATE ON SCHEMA public FROM andon_door")
