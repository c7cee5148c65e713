"""Event labels, corrections, regimes as rows, alarms that are muted and cases that wait for a model."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from infra.migrations.audit import WATCHED, rewatch
from infra.migrations.rls import protect

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("event", sa.Column("end", moment, nullable=True))
    op.add_column("event", sa.Column("begins_regime", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("event", sa.Column("source", sa.String(), nullable=False, server_default="api"))
    op.add_column("event", sa.Column("retracted_by", sa.String(), nullable=True))
    op.add_column("event", sa.Column("corrections", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("event_page", "event", ["tenant_id", "time", "id"])
    named = sa.text("part IS NOT NULL")
    op.create_index("event_part", "event", ["tenant_id", "part"], postgresql_where=named)
    op.create_table(
        "event_revision",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("corrected_by", sa.String(), nullable=False),
        sa.Column("corrected_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "event_id"], ["event.tenant_id", "event.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "event_id", "number"),
    )
    op.create_table(
        "regime",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("start", moment, nullable=False),
        sa.Column("end", moment, nullable=True),
        sa.Column("recovery", sa.String(), nullable=False),
        sa.Column("recovery_since", moment, nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id", "id"], ["event.tenant_id", "event.id"]),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("regime_by_asset", "regime", ["tenant_id", "asset_id", "start"])
    op.create_index("regime_page", "regime", ["tenant_id", "start", "id"], postgresql_where=sa.text('"end" IS NULL'))
    op.add_column("asset_health", sa.Column("muted_by", sa.Uuid(), nullable=True))
    op.add_column("asset_health", sa.Column("muted_until", moment, nullable=True))
    op.add_column("alarm", sa.Column("muted_by", sa.Uuid(), nullable=True))
    op.add_column("alarm_case", sa.Column("retrain_for", sa.Uuid(), nullable=True))
    op.add_column("alarm_case", sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alarm_case", sa.Column("closed_because", sa.String(), nullable=True))
    cut_regimes()
    for table in ("event_revision", "regime"):
        for statement in protect(table):
            op.execute(statement)
    for table in ("event", "alarm_case"):
        for statement in rewatch(table, WATCHED[table]):
            op.execute(statement)


def cut_regimes() -> None:
    """Until now every replaced part began a regime, and nothing else did. Of two at one moment the first did. How far
    each is comes out when its asset's models next change; for all of them the news below asks for it now."""
    # Row-level security binds the owner as well. Nobody answers for what only follows, so the trail is not told.
    op.execute("ALTER TABLE event NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE event DISABLE TRIGGER USER")
    op.execute("UPDATE event SET begins_regime = true WHERE kind = 'part_replaced'")
    op.execute("""
        INSERT INTO regime (tenant_id, id, asset_id, start, "end", recovery, recovery_since)
        SELECT tenant_id, id, asset_id, time,
          lead(time) OVER (PARTITION BY tenant_id, asset_id ORDER BY time), 'needs_model', recorded_at
        FROM (
          SELECT DISTINCT ON (tenant_id, asset_id, time) tenant_id, id, asset_id, time, recorded_at FROM event
          WHERE begins_regime AND retracted_at IS NULL ORDER BY tenant_id, asset_id, time, id
        ) first
    """)
    op.execute("ALTER TABLE event ENABLE TRIGGER USER")
    op.execute("ALTER TABLE event FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY")
    op.execute("""
        INSERT INTO outbox (tenant_id, kind, name, payload, created_at)
        SELECT tenant_id, 'event', 'events.regimes_changed', jsonb_build_object('asset_ids', jsonb_agg(asset_id)), now()
        FROM regime WHERE "end" IS NULL GROUP BY tenant_id
    """)
    # What waits under the names of before is told under those of now.
    for verb in ("recorded", "retracted"):
        op.execute(f"""
            UPDATE outbox SET name = 'events.{verb}', payload = payload || jsonb_build_object(
              'event_ids', jsonb_build_array(payload -> 'event_id'),
              'asset_ids', jsonb_build_array(payload -> 'asset_id'))
            WHERE kind = 'event' AND name = 'assets.event_{verb}' AND delivered_at IS NULL
        """)  # noqa: S608  words of ours
    op.execute("ALTER TABLE outbox FORCE ROW LEVEL SECURITY")
