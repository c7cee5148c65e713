"""All that a session says of who asks, in one statement, as a key does."""

from alembic import op

from infra.migrations.rls import door
from infra.migrations.tenant_life import STATE

revision = "0022"
down_revision = "0021"

_FACTS = (
    "tenant_id uuid, id uuid, expires_at timestamptz, ended_at timestamptz, last_seen_at timestamptz, "
    "member_id uuid, name text, role text, tenant_state text"
)
_FOUND = f"""
SELECT s.tenant_id, s.id, s.expires_at, s.ended_at, s.last_seen_at, m.id, m.name, m.role, {STATE}
FROM login_session s JOIN member m ON m.tenant_id = s.tenant_id AND m.id = s.member_id
JOIN tenant t ON t.tenant_id = s.tenant_id WHERE s.digest = wanted"""  # noqa: S608  constant text


def upgrade() -> None:
    for statement in (
        "GRANT CREATE ON SCHEMA public TO andon_door",
        # Never the password's hash.
        "GRANT SELECT (tenant_id, id, name, role) ON member TO andon_door",
        "CREATE POLICY door ON member FOR SELECT TO andon_door USING (true)",
        *door("member_by_session", "wanted text", f"TABLE ({_FACTS})", "login_session", _FOUND, "andon_app"),
        "REVOKE CREATE ON SCHEMA public FROM andon_door",
    ):
        op.execute(statement)
