"""Background work of enclaves, and the shapes every service's background work has."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from services.enclaves import api
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId

JobHandler = Callable[[Platform, TenantId, dict[str, Any]], Awaitable[None]]
"""Runs a job of a tenant. Delivery is at least once, so running it twice must be harmless."""
Consumer = Callable[[Platform, TenantId], Awaitable[None]]
"""Runs for a tenant until cancelled. When it raises, the process logs it by name and starts it again."""

_EVERY_S = 1.0


async def ensure(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    del payload
    await api.ensure_enclave(platform, tenant)


async def keep_clusters(platform: Platform, tenant: TenantId) -> None:
    """Makes the enclave if it is not there, and again when the tenant was suspended or resumed; keeps the clusters as
    wanted."""
    made_for = await api.ensure_enclave(platform, tenant)
    while True:
        if await api.reconcile(platform, tenant) is not made_for:
            made_for = await api.ensure_enclave(platform, tenant)
        await asyncio.sleep(_EVERY_S)


JOBS: dict[str, JobHandler] = {"enclaves.ensure": ensure}
SUBSCRIPTIONS: dict[str, list[str]] = {}
CONSUMERS: dict[str, Consumer] = {"enclaves.clusters": keep_clusters}
