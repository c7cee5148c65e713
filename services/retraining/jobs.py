"""Background work of retraining: plans come up, runs are started, runs that ended are taken in."""

import asyncio
from typing import Any
from uuid import UUID

import structlog

from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.errors import DomainError, Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.retraining import notice, shadowed, steps
from services.training import api as training

EVERY_S = 30.0
"""Plans are of days and hours."""
log = structlog.get_logger(__name__)


async def watch(platform: Platform, tenant: TenantId) -> None:
    """Looks after the tenant's plans until cancelled."""
    while True:
        await look(platform, tenant)
        await shadowed.look(platform, tenant)
        await asyncio.sleep(EVERY_S)


async def look(platform: Platform, tenant: TenantId) -> None:
    """Notices what came up, judges it, and starts its runs, once."""
    principal, now = system_principal(tenant), platform.clock()
    async with platform.database.unit(tenant) as uow:
        await notice.notice(uow, principal, now)
        await uow.commit()
    async with platform.database.unit(tenant) as uow:
        groups = await steps.sort(uow, principal, now)
        await uow.commit()
    for group in groups:
        try:
            verdict = await steps.judge(platform, principal, group)
        except Unavailable as error:
            log.info("a range cannot be judged now; its occasions wait", reason=error.message)
            continue
        except DomainError as error:
            async with platform.database.unit(tenant) as uow:
                await steps.refuse(uow, group, error.message, now)
                await uow.commit()
            continue
        async with platform.database.unit(tenant) as uow:
            await steps.start(uow, principal, group, verdict, now)
            await uow.commit()


async def note_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`run_id`: a run ended. Most runs are of no plan."""
    async with platform.database.unit(tenant) as uow:
        principal = system_principal(tenant)
        run = await training.get_run(uow, principal, UUID(payload["run_id"]))
        await steps.take_in(uow, principal, run, platform.clock())
        await uow.commit()


JOBS: dict[str, JobHandler] = {"retraining.note_run": note_run}
SUBSCRIPTIONS: dict[str, list[str]] = {"training.run_ended": ["retraining.note_run"]}
CONSUMERS: dict[str, Consumer] = {"retraining.watch": watch}
