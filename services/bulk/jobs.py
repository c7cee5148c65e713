"""Background work of transfers: they are done by a consumer; jobs only tell who is watching."""

from typing import Any
from uuid import UUID

from services.bulk import worker
from services.bulk.steps import tell
from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId


async def tell_job(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`job_id`, `run_id` or `rollout_id`: its rows changed, and nobody who is watching was told."""
    await tell(
        platform, tenant, UUID(next(payload[key] for key in ("job_id", "run_id", "rollout_id") if key in payload))
    )


JOBS: dict[str, JobHandler] = {"bulk.tell": tell_job}
SUBSCRIPTIONS: dict[str, list[str]] = {"training.run_ended": ["bulk.tell"], "rollouts.changed": ["bulk.tell"]}
CONSUMERS: dict[str, Consumer] = {"bulk.worker": worker.work}
