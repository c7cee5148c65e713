"""What the services offer to the background processes, gathered from each `services.<name>.jobs`."""

import importlib
import pkgutil
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import services
from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId

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
        """Runs one job. Raises `UnknownJob`, and whatever the job raises."""
        handler = self.jobs.get(name)
        if handler is None:
            raise UnknownJob(f"No service offers the job {name!r}. Is this worker older than the gateway?")
        await handler(platform, tenant, payload)


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
