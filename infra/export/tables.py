"""A tenant's rows as JSON lines, and its audit trail: all as of one moment."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from infra import rows
from infra.export.archive import Archive
from services.audit.contracts import Anchor
from services.audit.tables import CHANGE_TEXT, RECORD_TEXT
from services.kernel.errors import TenantBeingDeleted
from services.kernel.ids import TenantId

LEFT_OUT = {
    "enclave_credential": "credentials of the platform for the tenant's stream and bucket",
    "idempotency_claim": "answers kept for a day, sealed for the platform",
    "login_attempt": "log-ins under way, gone within minutes",
    "outbox": "a queue of the platform",
    **dict.fromkeys(rows.TRAIL, "in `audit/`, with what it takes to verify it"),
}
"""Tables that are not written, and why."""
SECRETS = {
    "api_key": ("digest",),
    "invitation": ("digest",),
    "login_link": ("digest",),
    "login_provider": ("client_secret",),
    "login_session": ("digest",),
    "mail_server": ("password",),
    "member": ("password_hash",),
    "plugin_enabling": ("secret",),
    "webhook_endpoint": ("secret", "former_secret"),
    "workbench": ("secret",),
}
"""Columns that are not written: with them somebody could sign in, or sign. A test finds new ones by their names."""
_AT_ONCE = 1000
_HOLD = f"SELECT pg_advisory_lock_shared({rows.LOCK.format('%s')}), enter_tenant(%s)"
_SNAPSHOT = "SELECT set_config('app.tenant', %s, true), now()"
_TRAIL = f"""
SELECT number, digest, {RECORD_TEXT}, (SELECT string_agg({CHANGE_TEXT}, E'\\n' ORDER BY place) FROM audit_change c
  WHERE c.tenant_id = r.tenant_id AND c.record_id = r.id)
FROM audit_record r WHERE number IS NOT NULL ORDER BY number
"""  # noqa: S608  columns of ours
VERIFY = Path(__file__).with_name("verify.py")


@contextmanager
def held(app_url: str, tenant: TenantId) -> Iterator[None]:
    """Nobody deletes the tenant meanwhile, and no transaction is open for it. Raises `TenantBeingDeleted`."""
    with psycopg.connect(app_url, autocommit=True) as connection:
        found = connection.execute(_HOLD, [str(tenant), str(tenant)]).fetchone()
        if found is None or not found[1]:
            raise TenantBeingDeleted
        yield


@contextmanager
def snapshot(app_url: str, tenant: TenantId) -> Iterator[tuple[psycopg.Connection, datetime]]:
    """A transaction that sees the tenant's rows as of one moment, and that moment."""
    with psycopg.connect(app_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        begun = connection.execute(_SNAPSHOT, [str(tenant)]).fetchone()
        assert begun is not None
        yield connection, begun[1]


def write_tables(archive: Archive, connection: psycopg.Connection) -> Iterator[str]:
    """`tables/<table>.jsonl` for each; yields news of each."""
    found = [row[0] for row in connection.execute(rows.TABLES).fetchall()]
    for table in found:
        if table in LEFT_OUT:
            continue
        statement = sql.SQL("SELECT (to_jsonb(t) - %s::text[])::text FROM {} t ORDER BY {}").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, _key(connection, table)))
        )
        with archive.file(f"tables/{table}.jsonl", rows=True) as writer:
            for (line,) in _streamed(connection, statement, [list(SECRETS.get(table, ()))]):
                writer.line(line)
        yield f"table {table}: {writer.entry.rows} rows"


def write_trail(archive: Archive, connection: psycopg.Connection, anchor: Anchor | None) -> Iterator[str]:
    """`audit/records.jsonl`: each record with the texts that its digest is made of."""
    with archive.file("audit/records.jsonl", rows=True) as writer:
        for number, digest, record, changes in _streamed(connection, sql.SQL(_TRAIL), []):
            told = {"number": number, "digest": digest, "record": record, "changes": changes}
            writer.line(json.dumps(told, ensure_ascii=False))
    if anchor is not None:
        facts = {"number": anchor.number, "digest": anchor.digest, "at": anchor.at.isoformat()}
        archive.add("audit/anchor.json", json.dumps(facts))
    archive.add("audit/verify.py", VERIFY.read_text())
    yield f"audit trail: {writer.entry.rows} records"


def _key(connection: psycopg.Connection, table: str) -> list[str]:
    statement = (
        "SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY k(number, place)"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number"
        " WHERE i.indisprimary AND i.indrelid = %s::regclass ORDER BY k.place"
    )
    return [row[0] for row in connection.execute(statement, [table]).fetchall()]


def _streamed(
    connection: psycopg.Connection, statement: sql.SQL | sql.Composed, parameters: list[object]
) -> Iterator[tuple[Any, ...]]:
    with connection.cursor("export") as cursor:
        cursor.itersize = _AT_ONCE
        yield from cursor.execute(statement, parameters)
