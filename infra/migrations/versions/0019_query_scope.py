"""GraphQL of one's own takes a right of its own; keys that could speak it go on speaking it."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    # The owner sees no row of a tenant while row-level security is forced on it, too.
    op.execute("ALTER TABLE api_key NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """UPDATE api_key SET scopes = scopes || '["query"]' WHERE NOT scopes <@ '["ingest", "score", "query"]'"""
    )
    op.execute("ALTER TABLE api_key FORCE ROW LEVEL SECURITY")
