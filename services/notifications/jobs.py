"""Background work of notifications: news becomes items, items become mails, mails are sent."""

from functools import partial
from typing import Any

from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.notifications.catalogue import SOURCES
from services.notifications.sender import send
from services.notifications.spread import spread


async def note(source: str, platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """News of the outbox: each subscription that wants it gets an item."""
    async with platform.database.unit(tenant) as uow:
        if await spread(uow, source, payload, platform.clock()):
            await uow.commit()


JOBS: dict[str, JobHandler] = {f"notifications.note:{source}": partial(note, source) for source in SOURCES}
SUBSCRIPTIONS: dict[str, list[str]] = {source: [f"notifications.note:{source}"] for source in SOURCES}
CONSUMERS: dict[str, Consumer] = {"notifications.sender": send}
