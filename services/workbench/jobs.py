"""Background work of workbenches."""

import asyncio

from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.workbench import api

_EVERY_S = 1.0


async def keep_workbenches(platform: Platform, tenant: TenantId) -> None:
    while True:
        await api.reconcile(platform, tenant)
        await asyncio.sleep(_EVERY_S)


JOBS: dict[str, JobHandler] = {}
SUBSCRIPTIONS: dict[str, list[str]] = {}
CONSUMERS: dict[str, Consumer] = {"workbench.boxes": keep_workbenches}
