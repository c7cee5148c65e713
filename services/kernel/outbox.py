"""The relay: takes what units of work left in the outbox to the queue, in order, at least once.

An event becomes one job for each subscriber; a job becomes itself. Rows stay for a week after delivery as the record of
what happened, then go. What a tenant that is suspended has left waits until it is resumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from procrastinate import App

from services.kernel.ids import TenantId
from services.kernel.jobs import TASK

_BATCH = 500
_IDLE_S = 5.0

_TAKE = """
    SELECT tenant_id, sequence, kind, name, payload, traceparent, created_at FROM outbox
    WHERE delivered_at IS NULL AND tenant_id NOT IN (SELECT tenant_id FROM tenant_states() WHERE state <> 'active')
    ORDER BY sequence LIMIT %s FOR UPDATE SKIP LOCKED
"""
_MARK = "UPDATE outbox SET delivered_at = now() WHERE sequence = ANY(%s)"
_PURGE = "DELETE FROM outbox WHERE delivered_at < now() - interval '7 days'"


@dataclass(frozen=True, slots=True)
class Delivery:
    tenant: UUID
    sequence: int
    kind: str
    name: str
    payload: dict[str, Any]
    traceparent: str | None
    created_at: datetime


def jobs_of(row: Delivery, subscriptions: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Arguments of the queue's task for each job that `row` causes.

    Beside its own payload, news carries which it is and when it was told: `news: {sequence, at}`. The same news may
    come twice, and by that it is told from another like it.
    """
    names: Sequence[str] = (row.name,)
    payload = row.payload
    if row.kind == "event":
        names = subscriptions.get(row.name, ())
        payload = {**payload, "news": {"sequence": row.sequence, "at": row.created_at.isoformat()}}
    return [
        {"tenant": str(row.tenant), "name": name, "payload": payload, "traceparent": row.traceparent} for name in names
    ]


async def deliver(connection: psycopg.AsyncConnection, app: App, subscriptions: Mapping[str, Sequence[str]]) -> int:
    """Delivers one batch; returns how many rows it took. The rows are marked after the queue has the jobs on disk."""
    async with connection.transaction():
        cursor = await connection.execute(_TAKE, [_BATCH])
        rows = [Delivery(*row) for row in await cursor.fetchall()]
        jobs = [job for row in rows for job in jobs_of(row, subscriptions)]
        if jobs:
            await app.configure_task(TASK).batch_defer_async(*jobs)
        if rows:
            await connection.execute(_MARK, [[row.sequence for row in rows]])
    return len(rows)


async def run_relay(relay_url: str, app: App, subscriptions: Mapping[str, Sequence[str]]) -> None:
    """Delivers until cancelled: at once when Postgres notifies, and every few seconds in case a notice was lost."""
    async with await psycopg.AsyncConnection.connect(relay_url, autocommit=True) as connection:
        await connection.execute("LISTEN outbox")
        await connection.execute(_PURGE)
        while True:
            taken = await deliver(connection, app, subscriptions)
            async for _ in connection.notifies(timeout=0 if taken == _BATCH else _IDLE_S, stop_after=1):
                pass


@dataclass(frozen=True, slots=True)
class KnownTenant:
    id: TenantId
    slug: str
    state: str
    """`services.tenancy.contracts.TenantState`."""


async def known_tenants(relay_url: str) -> list[KnownTenant]:
    """All tenants, for the processes that work for each of them; one that is being deleted is there to the end."""
    async with await psycopg.AsyncConnection.connect(relay_url) as connection:
        cursor = await connection.execute("SELECT tenant_id, slug, state FROM tenant_states() ORDER BY slug, tenant_id")
        return [KnownTenant(TenantId(id), slug, state) for id, slug, state in await cursor.fetchall()]
