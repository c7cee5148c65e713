"""The first schema: every table of the services, row-level security, the doors."""

from alembic import op

from infra.migrations.metadata import metadata
from infra.migrations.rls import doors, protect, relay_outbox

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables = metadata()
    op.execute("GRANT USAGE ON SCHEMA public TO andon_app, andon_relay, andon_door")
    tables.create_all(op.get_bind())
    for table in tables.sorted_tables:
        for statement in protect(table.name):
            op.execute(statement)
    for statement in relay_outbox() + doors():
        op.execute(statement)
