"""What of a tenant waits in the queue, or failed there."""

import asyncio
import time

import psycopg

from infra.rows import TenantBusy
from services.kernel.ids import TenantId
from services.kernel.jobs import SCHEMA, STALLED_S

_PATIENCE_S, _LOOK_S = 60.0, 0.2
_JOBS = f"{SCHEMA}.procrastinate_jobs j WHERE j.args ->> 'tenant' = %s"
_WORKED = f"""
status = 'doing' AND EXISTS (
  SELECT 1 FROM {SCHEMA}.procrastinate_workers w
  WHERE w.id = j.worker_id AND w.last_heartbeat > now() - make_interval(secs => %s)
)"""  # noqa: S608  names of ours


async def remove(relay_url: str, tenant: TenantId) -> None:
    """Removes the tenant's jobs. One that a worker is at is waited for: it must be closed, so that job ends soon.

    Raises `TenantBusy`.
    """
    began = time.monotonic()
    async with await _connect(relay_url) as connection:
        while True:
            await connection.execute(f"DELETE FROM {_JOBS} AND NOT ({_WORKED})", [str(tenant), STALLED_S])  # noqa: S608
            if await _count(connection, tenant) == 0:
                return
            if time.monotonic() - began > _PATIENCE_S:
                raise TenantBusy(
                    f"A job of this tenant has not ended within {_PATIENCE_S:.0f} s. The tenant stays closed; say it "
                    "again."
                )
            await asyncio.sleep(_LOOK_S)


async def count(relay_url: str, tenant: TenantId) -> int:
    async with await _connect(relay_url) as connection:
        return await _count(connection, tenant)


async def _connect(relay_url: str) -> psycopg.AsyncConnection:
    """The queue's own triggers find its tables by the search path."""
    options = f"-c search_path={SCHEMA},public"
    return await psycopg.AsyncConnection.connect(relay_url, autocommit=True, options=options)


async def _count(connection: psycopg.AsyncConnection, tenant: TenantId) -> int:
    row = await (await connection.execute(f"SELECT count(*) FROM {_JOBS}", [str(tenant)])).fetchone()  # noqa: S608
    return row[0] if row else 0
