"""Background work of rollouts: they go on when a run ends, and when somebody resumes them."""

from typing import Any
from uuid import UUID

from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.rollouts import steps
from services.rollouts.repository import Rollouts


async def note_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`run_id`: a run ended. Most runs are no rollout's."""
    async with platform.database.unit(tenant) as uow:
        rollout_id = await Rollouts(uow).waiting_for(UUID(payload["run_id"]))
    if rollout_id is not None:
        await advance(platform, tenant, {"rollout_id": str(rollout_id)})


async def advance(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`rollout_id`: goes on as far as it may."""
    async with platform.database.unit(tenant) as uow:
        rollout = await Rollouts(uow).get(UUID(payload["rollout_id"]), lock=True)
        if rollout is not None:
            await steps.advance(uow, rollout)
            await uow.commit()


JOBS: dict[str, JobHandler] = {"rollouts.advance": advance, "rollouts.note_run": note_run}
SUBSCRIPTIONS: dict[str, list[str]] = {"training.run_ended": ["rollouts.note_run"]}
CONSUMERS: dict[str, Consumer] = {}
