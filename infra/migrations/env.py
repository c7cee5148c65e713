"""Alembic's entry: one transaction for all pending migrations, under an advisory lock."""

from alembic import context
from sqlalchemy import create_engine, text

from infra.migrations.metadata import metadata

config = context.config
engine = create_engine(config.attributes["url"])

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata(), compare_type=True)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": config.attributes["lock"]})
        context.run_migrations()
engine.dispose()
