"""What the services offer to the background processes, gathered from each `services.<name>.jobs`."""

import importlib
import pkgutil
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import structlog

import services
from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.errors import TenantBeingDeleted
from services.kernel.ids import TenantId
from services.tenancy import api as tenancy
from services.tenancy.contracts import TenantState

log = structlog.get_logger(__name__)

HISTORIAN = "readings.historian"
"""The one consumer that has a process of its own: it commits to the history, and its memory is that of Delta."""


class UnknownJob(Exception):
    """A job's name that no service offers."""


@dataclass(slots=True)
class Background:
    """Jobs by name, the jobs each event causes, and the long-lived consumers by name."""

    jobs: dict[str, JobHandler] = field(default_factory=dict)
    subscriptions: dict[str, list[str]] = field(default_factory=dict)
    consumers: dict[str, Consumer] = field(default_factory=dict)

    async def dispatch(self, platform: Platform, name: str, tenant: TenantId, payload: dict[str, Any]) -> None:
        """Runs one job. That of a suspended tenant goes back into the outbox, where it waits; that of one that is
        being deleted is dropped. Raises `UnknownJob`, and whatever the job raises."""
        handler = self.jobs.get(name)
        if handler is None:
            raise UnknownJob(f"No service offers the job {name!r}. Is this worker older than the gateway?")
        if await _may_begin(platform, name, tenant, payload):
            await handler(platform, tenant, payload)


async def _may_begin(platform: Platform, name: str, tenant: TenantId, payload: dict[str, Any]) -> bool:
    try:
        async with platform.database.unit(tenant) as uow:
            if await tenancy.tenant_state(uow) is TenantState.ACTIVE:
                return True
            uow.enqueue(name, **payload)
            await uow.commit()
    except TenantBeingDeleted:
        log.info("job dropped: its tenant is being deleted")
    return False


def gather() -> Background:
    """Imports every service's jobs. Raises `UnknownJob` when a subscription names a job that nobody offers."""
    found = Background()
    for service in pkgutil.iter_modules(services.__path__):
        name = f"services.{service.name}.jobs"
        if not service.ispkg or find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        found.jobs.update(getattr(module, "JOBS", {}))
        found.consumers.update(getattr(module, "CONSUMERS", {}))
        for event, jobs in getattr(module, "SUBSCRIPTIONS", {}).items():
            found.subscriptions.setdefault(event, []).extend(jobs)
    for event, jobs in found.subscriptions.items():
        for job in jobs:
            if job not in found.jobs:
                raise UnknownJob(f"The event {event!r} is to cause {job!r}, which no service offers.")
    return found
