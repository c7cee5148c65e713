"""All rows of a tenant, found from the database's own catalogue: a table that is added tomorrow is found tomorrow.

As `andon_owner`, which owns the tables and whom row-level security binds like everybody: a tenant is set first.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from graphlib import TopologicalSorter
from typing import Any

import psycopg
from psycopg import sql

from infra.migrations.tenant_life import LOCK
from services.kernel.ids import TenantId

TRAIL = ("audit_change", "audit_record", "audit_head")
"""Written by the triggers of other tables, also when a row of those is deleted."""
_PATIENCE = "90s"
"""For those who are inside the tenant; the server ends a transaction that does nothing after 60 s."""
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
_REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND conrelid <> confrelid AND connamespace = 'public'::regnamespace
"""


class TenantBusy(Exception):
    """Somebody has been inside the tenant for longer than can be waited for."""


@asynccontextmanager
async def inside(owner_url: str, tenant: TenantId) -> AsyncIterator[psycopg.AsyncConnection]:
    """A transaction that sees the tenant's rows, committed at the end."""
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        yield connection


async def be_alone(connection: psycopg.AsyncConnection, tenant: TenantId) -> None:
    """Waits until nobody else is inside the tenant; nobody comes in before the end of the transaction.

    Raises `TenantBusy`.
    """
    await connection.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
    try:
        await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK.format('%s')})", [str(tenant)])
    except psycopg.errors.LockNotAvailable as error:
        raise TenantBusy(
            f"Somebody has been at work in this tenant for {_PATIENCE}: an export, or a transaction that does not end. "
            "The tenant stays closed; say it again, and look into pg_stat_activity if it does not help."
        ) from error


async def tables(connection: psycopg.AsyncConnection[Any]) -> list[str]:
    """Every table that has rows of tenants, those first that refer to others; the trail comes last."""
    found = {row[0] for row in await (await connection.execute(TABLES)).fetchall()}
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(found, ()))
    for child, parent in await (await connection.execute(_REFERENCES)).fetchall():
        order.add(parent, child)
    return [*(table for table in order.static_order() if table not in TRAIL), *TRAIL]


async def erase(owner_url: str, tenant: TenantId) -> None:
    """Removes every row of the tenant, in one transaction. It must be closed; raises `TenantBusy`."""
    async with inside(owner_url, tenant) as connection:
        await be_alone(connection, tenant)
        for table in await tables(connection):
            statement = sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(sql.Identifier(table))
            await connection.execute(statement, [tenant])


async def count(owner_url: str, tenant: TenantId) -> dict[str, int]:
    """Rows of the tenant, by table."""
    found = {}
    async with inside(owner_url, tenant) as connection:
        for table in await tables(connection):
            statement = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = %s").format(sql.Identifier(table))
            row = await (await connection.execute(statement, [tenant])).fetchone()
            found[table] = row[0] if row else 0
    return found
