"""What tells one session from another: the browser, and when it was last seen."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("login_session", sa.Column("user_agent", sa.String(), nullable=False, server_default=""))
    op.add_column("login_session", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("login_session_member", "login_session", ["tenant_id", "member_id"], unique=False)
