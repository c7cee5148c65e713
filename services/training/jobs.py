"""Background work of training: thin entry points."""

from typing import Any
from uuid import UUID

from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.training import conclude, prepare, watch


async def prepare_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`run_id`: from queued to a command in the stream."""
    await prepare.prepare(platform, tenant, UUID(payload["run_id"]))


async def conclude_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`run_id`: from trained to gates and versions."""
    await conclude.conclude(platform, tenant, UUID(payload["run_id"]))


async def cancel_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`run_id`, `begun`: whether a trainer may have begun it."""
    await watch.cancel(platform, tenant, UUID(payload["run_id"]), begun=bool(payload["begun"]))


JOBS: dict[str, JobHandler] = {
    "training.prepare_run": prepare_run,
    "training.conclude_run": conclude_run,
    "training.cancel_run": cancel_run,
}
SUBSCRIPTIONS: dict[str, list[str]] = {}
CONSUMERS: dict[str, Consumer] = {"training.progress": watch.consume_progress}
