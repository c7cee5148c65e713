"""Background work of capsules."""

import asyncio
from typing import Any
from uuid import UUID

import structlog

from services.capsules import making
from services.enclaves.errors import EnclaveMissing
from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId

log = structlog.get_logger(__name__)
SWEEP_S = 300.0


async def make(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    await making.make(platform, tenant, UUID(payload["capsule_id"]))


async def clear(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    del payload
    await making.clear(platform, tenant)


async def sweep(platform: Platform, tenant: TenantId) -> None:
    """Until cancelled. What goes wrong is logged, and made good by the next sweep."""
    while True:
        try:
            await making.clear(platform, tenant)
        except EnclaveMissing:
            log.debug("the tenant's bucket is being made")
        except Exception:
            log.exception("sweep fell")
        await asyncio.sleep(SWEEP_S)


JOBS: dict[str, JobHandler] = {"capsules.make": make, "capsules.clear": clear}
SUBSCRIPTIONS: dict[str, list[str]] = {}
CONSUMERS: dict[str, Consumer] = {"capsules.sweep": sweep}
