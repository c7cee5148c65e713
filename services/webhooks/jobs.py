"""Background work of webhooks: news becomes deliveries, deliveries are posted."""

from functools import partial
from typing import Any

from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.webhooks.catalogue import SOURCES
from services.webhooks.sender import send
from services.webhooks.spread import spread


async def note(source: str, platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """News of the outbox: each endpoint that wants it gets a delivery."""
    async with platform.database.unit(tenant) as uow:
        if await spread(uow, source, payload, platform.clock()):
            await uow.commit()


JOBS: dict[str, JobHandler] = {f"webhooks.note:{source}": partial(note, source) for source in SOURCES}
SUBSCRIPTIONS: dict[str, list[str]] = {source: [f"webhooks.note:{source}"] for source in SOURCES}
CONSUMERS: dict[str, Consumer] = {"webhooks.sender": send}
