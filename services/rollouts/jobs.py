"""Background work of rollouts: they go on when a run ends, and when somebody resumes them."""

from typing import Any
from uuid import UUID

from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.errors import DomainError, Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.rollouts import steps
from services.rollouts.repository import Rollouts
from services.rollouts.steps import Asked


async def note_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`run_id`: a run ended. Most runs are no rollout's."""
    async with platform.database.unit(tenant) as uow:
        rollout_id = await Rollouts(uow).waiting_for(UUID(payload["run_id"]))
    if rollout_id is not None:
        await advance(platform, tenant, {"rollout_id": str(rollout_id)})


async def advance(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`rollout_id`: goes on as far as it may."""
    rollout_id, asked = UUID(payload["rollout_id"]), None
    async with platform.database.unit(tenant) as uow:
        rollout = await Rollouts(uow).get(rollout_id, lock=True)
        if rollout is not None:
            asked = await steps.advance(uow, rollout)
            await uow.commit()
    if asked is not None:
        await _train(platform, tenant, rollout_id, asked)


async def _train(platform: Platform, tenant: TenantId, rollout_id: UUID, asked: Asked) -> None:
    fitting, refused = None, ""
    try:
        fitting = await steps.judge(platform, system_principal(tenant), asked)
    except Unavailable:
        raise
    except DomainError as error:
        refused = error.message
    async with platform.database.unit(tenant) as uow:
        rollout = await Rollouts(uow).get(rollout_id, lock=True)
        if rollout is None:
            return
        if fitting is None:
            await steps.refuse(uow, rollout, asked, refused)
        else:
            await steps.start(uow, rollout, asked, fitting)
        await uow.commit()


JOBS: dict[str, JobHandler] = {"rollouts.advance": advance, "rollouts.note_run": note_run}
SUBSCRIPTIONS: dict[str, list[str]] = {"training.run_ended": ["rollouts.note_run"]}
CONSUMERS: dict[str, Consumer] = {}
