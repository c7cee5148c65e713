"""One transaction of one tenant.

    async with database.unit(tenant) as uow:
        run = await training.start_run(uow, principal, command)
        await uow.commit()

The tenant is set on the connection before any statement (`set_config(..., true)`: it ends with the transaction, so a
pool never hands it to the next user), and row-level security holds under it. Who acts is set with it, for the audit
trail that triggers write. Without `commit` everything is undone.
"""

import select
from types import TracebackType
from typing import Any, Self

import sqlmodel
from opentelemetry import propagate
from sqlalchemy import event, orm, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext import asyncio as sqlalchemy_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio import session as sqlmodel_asyncio

from services.kernel.acting import acting, acts
from services.kernel.errors import TenantBeingDeleted
from services.kernel.ids import TenantId
from services.kernel.rights import Principal
from services.kernel.tables import OutboxRow

_ACTS = "set_config('app.tenant', :tenant, true), set_config('app.acting', :acting, true)"
_ACT = text(f"SELECT {_ACTS}")
_BEGIN = text(f"SELECT enter_tenant(:tenant), {_ACTS}")
"""The tenant cannot be deleted before the end of the transaction, nor be entered once its deletion has begun."""


class _SyncSession(sqlmodel.Session):
    execute = orm.Session.execute


class Session(sqlmodel_asyncio.AsyncSession):
    """SQLModel's session without its warning at each `execute`: `exec` takes a select only, we also write sets."""

    sync_session_class = _SyncSession
    execute = sqlalchemy_asyncio.AsyncSession.execute


class UnitOfWork:
    """A tenant-bound session. Use cases take it, never open it; only the edge commits."""

    def __init__(self, engine: AsyncEngine, tenant: TenantId) -> None:
        self.tenant = tenant
        self.session = Session(engine, expire_on_commit=False, autoflush=False)

    async def __aenter__(self) -> Self:
        """Raises `TenantBeingDeleted`."""
        told = {"tenant": str(self.tenant), "acting": acting().told()}
        try:
            may_enter = await self.session.scalar(_BEGIN, told)
            if not may_enter:
                raise TenantBeingDeleted
        except BaseException:
            await self.session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    async def acts(self, principal: Principal) -> None:
        """Names who acts from here on, where that is found out inside the unit: somebody signs in."""
        acts(principal)
        await self.session.execute(_ACT, {"tenant": str(self.tenant), "acting": acting().told()})

    async def commit(self) -> None:
        """Ends the transaction. The unit is spent: open another one for more work."""
        await self.session.commit()

    def announce(self, name: str, **payload: Any) -> None:
        """Writes news (`events.recorded`) into the outbox; services above subscribe to it by name."""
        self._put("event", name, payload)

    def enqueue(self, name: str, **payload: Any) -> None:
        """Writes a job (`training.prepare_run`) into the outbox; a worker takes it after the commit."""
        self._put("job", name, payload)

    def _put(self, kind: str, name: str, payload: dict[str, Any]) -> None:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        row = OutboxRow(
            tenant_id=self.tenant, kind=kind, name=name, payload=payload, traceparent=carrier.get("traceparent")
        )
        self.session.add(row)


def _refuse_dead(connection: Any, record: Any, proxy: Any) -> None:
    """Makes the pool open another connection in the place of one that its server has ended: a server says so, and an
    idle connection has nothing else to say. Asking the server each time would cost a round trip a unit."""
    del record, proxy
    watch = select.poll()
    watch.register(connection.driver_connection.fileno(), select.POLLIN)
    if watch.poll(0):
        raise DisconnectionError


class Database:
    """The pool of connections under the application role, which row-level security binds."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.engine = create_async_engine(url, pool_size=pool_size, max_overflow=pool_size)
        event.listen(self.engine.sync_engine, "checkout", _refuse_dead)

    def unit(self, tenant: TenantId) -> UnitOfWork:
        """A unit of work for `tenant`; enter it with `async with`."""
        return UnitOfWork(self.engine, tenant)

    async def close(self) -> None:
        await self.engine.dispose()
