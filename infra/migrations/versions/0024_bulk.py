"""Staged files, imports and exports, what a tenant may have at most, and when rows were written last."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0024"
down_revision = "0023"

_TABLES = ("staged_upload", "transfer", "transfer_piece", "transfer_rejection", "ceiling", "storage_use")


def upgrade() -> None:
    _staged()
    _transfers()
    _pieces()
    _ceilings()
    _written()
    for table in _TABLES:
        for statement in protect(table):
            op.execute(statement)
    for table in ("transfer", "ceiling"):
        for statement in watch(table, WATCHED[table]):
            op.execute(statement)


def _key() -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.Uuid(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False)]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _staged() -> None:
    op.create_table(
        "staged_upload",
        *_key(),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("staged_upload_age", "staged_upload", ["tenant_id", "expires_at"])


def _transfers() -> None:
    counts = ("rows", "stored", "quarantined", "refused", "duplicates", "rejections")
    op.create_table(
        "transfer",
        *_key(),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("spec", postgresql.JSONB(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in counts),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        _moment("created_at"),
        _moment("started_at", nullable=True),
        _moment("heartbeat_at", nullable=True),
        _moment("ended_at", nullable=True),
        _moment("expires_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    due = sa.text("ended_at IS NULL")
    op.create_index("transfer_due", "transfer", ["tenant_id", "id"], postgresql_where=due)
    op.create_index("transfer_ended", "transfer", ["tenant_id", "ended_at"])
    op.create_index("transfer_created", "transfer", ["tenant_id", "created_at"])


def _pieces() -> None:
    op.create_table(
        "transfer_piece",
        *_key(),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transfer_id"], ["transfer.tenant_id", "transfer.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "transfer_id", "number"),
    )
    op.create_table(
        "transfer_rejection",
        *_key(),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("signal", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transfer_id"], ["transfer.tenant_id", "transfer.id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "transfer_id", "row"),
    )


def _ceilings() -> None:
    op.create_table(
        "ceiling",
        *_key(),
        sa.Column("ceiling", sa.String(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "ceiling"),
    )
    op.create_table(
        "storage_use",
        *_key(),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        _moment("measured_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )


def _written() -> None:
    """`now()` is when the transaction began, which is what `services.kernel.changes` needs. Rows that are there count
    as written by this migration."""
    op.execute(
        "CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN NEW.updated_at := now(); RETURN NEW; END$$"
    )
    for table in ("asset", "alarm", "run", "model_version", "quarantined_row"):
        op.add_column(
            table, sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
        )
        op.create_index(f"{table}_updated", table, ["tenant_id", "updated_at", "id"])
        op.execute(
            f"CREATE TRIGGER note_change BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION note_change()"
        )
