"""Looking at one tenant's rows from outside, and at answers without the ids they are about."""

import hashlib
import re
from collections.abc import Mapping

import psycopg


def rows_of(platform, tenant) -> dict[str, str]:
    """A digest of all rows of the tenant, by table."""
    with psycopg.connect(platform.superuser_url) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1"
        ).fetchall()
        found = {}
        for (table,) in tables:
            rows = connection.execute(
                f"SELECT md5(t::text) FROM {table} t WHERE tenant_id = %s ORDER BY 1", [tenant.id]
            ).fetchall()
            found[table] = f"{len(rows)} {hashlib.sha256(str(rows).encode()).hexdigest()}"
    return found


def scrubbed(answer: object, ids: Mapping[str, object]) -> str:
    """The answer without the ids that were asked about and without the trace id."""
    text = str(answer)
    for id in ids.values():
        text = text.replace(str(id), "ID")
    return re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
