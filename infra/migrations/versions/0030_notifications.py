"""Mail servers, subscriptions, mails and what is in them; alarm budgets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.audit import WATCHED, watch
from infra.migrations.rls import protect

revision = "0030"
down_revision = "0029"


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _key() -> list[sa.Column[object]]:
    return [sa.Column("tenant_id", sa.Uuid(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False)]


def _of_subscription() -> sa.ForeignKeyConstraint:
    theirs = ["notification_subscription.tenant_id", "notification_subscription.id"]
    return sa.ForeignKeyConstraint(["tenant_id", "subscription_id"], theirs, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "mail_server",
        *_key(),
        _text("host"),
        sa.Column("port", sa.Integer(), nullable=False),
        _text("security"),
        _text("sender"),
        _text("username", nullable=True),
        _text("password", nullable=True),
        _text("changed_by"),
        _time("changed_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_table(
        "notification_subscription",
        *_key(),
        _text("name"),
        sa.Column("types", postgresql.JSONB(), nullable=False),
        sa.Column("addresses", postgresql.JSONB(), nullable=False),
        sa.Column("member_ids", postgresql.JSONB(), nullable=False),
        _text("site", nullable=True),
        _text("line", nullable=True),
        _text("labels", nullable=True),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        _text("quiet_start", nullable=True),
        _text("quiet_end", nullable=True),
        _text("zone", nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        _time("last_mail_at", nullable=True),
        _text("created_by"),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_table(
        "alarm_budget",
        *_key(),
        sa.Column("per_hour", sa.Float(), nullable=False),
        sa.Column("operators", sa.Integer(), nullable=False),
        _text("changed_by"),
        _time("changed_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    _mails()
    _items()
    watched = ("mail_server", "notification_subscription", "alarm_budget")
    for table in (*watched, "notification_mail", "notification_item"):
        for statement in protect(table):
            op.execute(statement)
    for table in watched:
        for statement in watch(table, WATCHED[table]):
            op.execute(statement)


def _mails() -> None:
    table = "notification_mail"
    op.create_table(
        table,
        *_key(),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("recipients", postgresql.JSONB(), nullable=False),
        _text("subject"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        _text("state"),
        sa.Column("tries", sa.Integer(), nullable=False),
        _time("next_try_at", nullable=True),
        _text("last_error", nullable=True),
        _time("created_at"),
        _time("ended_at", nullable=True),
        _of_subscription(),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("notification_mail_due", table, ["tenant_id", "next_try_at"], postgresql_where=waiting)
    op.create_index("notification_mail_page", table, ["tenant_id", "subscription_id", "id"])
    op.create_index("notification_mail_age", table, ["tenant_id", "created_at"])


def _items() -> None:
    table = "notification_item"
    op.create_table(
        table,
        *_key(),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("alarm_id", sa.Uuid(), nullable=True),
        _text("headline"),
        sa.Column("detail", sa.Text(), nullable=False),
        _text("path"),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        _time("created_at"),
        _of_subscription(),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "subscription_id", "message_id"),
    )
    waiting = sa.text("mail_id IS NULL")
    op.create_index("notification_item_waiting", table, ["tenant_id", "subscription_id"], postgresql_where=waiting)
    op.create_index("notification_item_mail", table, ["tenant_id", "mail_id"])
    op.create_index("notification_item_age", table, ["tenant_id", "created_at"])
