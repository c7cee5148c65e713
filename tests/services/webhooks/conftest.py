"""Fixtures of webhooks: a receiver, and a tenant's webhooks with a clock that is set by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from receiver import Receiver

from services.enclaves.platform import Platform
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.outward import Resolver
from services.kernel.reach import Reach
from services.webhooks import api, jobs
from services.webhooks.contracts import Delivery, Endpoint, EndpointWithSecret, NewEndpoint
from services.webhooks.sender import Pace, Sender

REACH = Reach.of("127.0.0.0/8")


@dataclass
class Webhooks:
    """What a tenant's admin does, and what the worker does."""

    local: Any
    tenant: Any
    principal: Any
    platform: Platform
    later: timedelta = timedelta()
    endpoints: list[Endpoint] = field(default_factory=list)

    async def do(self, use_case: Callable[..., Any], *arguments: Any) -> Any:
        """A use case in a unit of its own, committed."""
        async with self.local.unit(self.tenant) as uow:
            answer = await use_case(uow, self.principal, *arguments)
            await uow.commit()
        return answer

    async def endpoint(self, url: str, *types: str) -> EndpointWithSecret:
        ground = self.platform.ground
        made = await self.do(api.create_endpoint, ground, REACH, NewEndpoint(url, types or ("asset.created",)))
        self.endpoints.append(made.endpoint)
        return made

    async def news(self, source: str = "assets.created", **payload: Any) -> dict[str, Any]:
        """News arrives as the queue brings it; answers the payload, so that it may arrive again."""
        payload.setdefault("news", {"sequence": new_id().int % 10**9, "at": utc_now().isoformat()})
        if source == "assets.created":
            payload.setdefault("asset_ids", [str(new_id())])
        await jobs.note(source, self.platform, self.tenant.id, payload)
        return payload

    async def deliveries(self, endpoint: Endpoint, **filters: Any) -> list[Delivery]:
        """Newest first."""
        async with self.local.unit(self.tenant) as uow:
            return await api.list_deliveries(uow, self.principal, endpoint.id, **filters)

    async def delivery(self, endpoint: Endpoint) -> Delivery:
        """The only one."""
        [found] = await self.deliveries(endpoint)
        return found

    async def state(self, endpoint: Endpoint) -> Endpoint:
        async with self.local.unit(self.tenant) as uow:
            return await api.get_endpoint(uow, self.principal, endpoint.id)

    def now(self) -> datetime:
        return utc_now() + self.later

    @asynccontextmanager
    async def sending(self, **pace: Any) -> AsyncIterator[None]:
        """The consumer at work. It looks often, and goes by our clock."""
        resolver = Resolver()
        known = {"look_s": 0.02} | pace
        platform = replace(self.platform, clock=self.now)
        sender = Sender(platform, self.tenant.id, resolver, httpx.create_ssl_context(), Pace(**known))
        task = asyncio.create_task(sender.run())
        try:
            yield
            assert not task.done(), task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            resolver.close()

    async def until(self, endpoint: Endpoint, holds: Callable[[list[Delivery]], bool]) -> list[Delivery]:
        """The deliveries, as soon as they are so."""
        async with asyncio.timeout(30):
            while not holds(found := await self.deliveries(endpoint)):
                await asyncio.sleep(0.02)
        return found

    async def tried(self, endpoint: Endpoint, times: int) -> Delivery:
        """The only delivery, as soon as so many tries are noted."""
        [found] = await self.until(endpoint, lambda all_: len(all_[0].attempts) == times)
        return found


def _of(platform: Any, tenant: Any, principal: Any) -> Webhooks:
    return Webhooks(platform, tenant, principal, replace(platform.platform, reach=REACH))


@pytest.fixture
async def webhooks(platform: Any, tenant: Any, principal: Any) -> AsyncIterator[Webhooks]:
    """Without endpoints, whatever the test before made."""
    found = _of(platform, tenant, principal)
    yield found
    async with platform.unit(tenant) as uow:
        for endpoint in await api.list_endpoints(uow, principal):
            await api.delete_endpoint(uow, principal, endpoint.id)
        await uow.commit()


@pytest.fixture
async def others(platform: Any, other_tenant: Any, other_principal: Any) -> Webhooks:
    """Those of another tenant."""
    return _of(platform, other_tenant, other_principal)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver.listening() as found:
        yield found
