"""Keeps the services' long-lived consumers running for every tenant: new tenants are noticed, the fallen come back.

Of a suspended tenant go on those that bring what was acknowledged to its place, and what has to be closed, to its end;
of one that is being deleted, none.
"""

import asyncio
import time
from collections.abc import Mapping

import psycopg
import structlog
from prometheus_client import Counter, Gauge

from services.enclaves.errors import EnclaveMissing
from services.enclaves.jobs import Consumer
from services.enclaves.platform import Platform
from services.kernel.acting import doing
from services.kernel.errors import DomainError
from services.kernel.ids import TenantId
from services.kernel.outbox import known_tenants
from services.tenancy.contracts import TenantState

GO_ON_SUSPENDED = frozenset({"enclaves.clusters", "readings.historian", "readings.mqtt", "workbench.boxes"})
_DELETING = TenantState.DELETING.value
LOOK_EVERY_S = 1.0
_FIRST_WAIT_S, _LONGEST_WAIT_S, _CALM_S = 0.5, 30.0, 60.0

log = structlog.get_logger(__name__)
RUNNING = Gauge("andon_consumers_running", "Consumers that run now", ["consumer"])
FALLEN = Counter("andon_consumers_fallen", "Times a consumer ended by itself", ["consumer"])


async def run_consumers(platform: Platform, relay_url: str, consumers: Mapping[str, Consumer]) -> None:
    """Runs each consumer once for each tenant that it is for, until cancelled; all are ended then."""
    running: dict[tuple[TenantId, str], asyncio.Task[None]] = {}
    try:
        while True:
            if (states := await _states(relay_url)) is not None:
                wanted = {(who, name) for who, state in states.items() for name in consumers if goes_on(name, state)}
                gone = {who for who, _ in running.keys() - wanted if states.get(who, _DELETING) == _DELETING}
                await _end([running.pop(key) for key in running.keys() - wanted])
                for who in gone:
                    await platform.streams.forget(who)
                    platform.objects.forget(who)
                for tenant, name in wanted - running.keys():
                    running[tenant, name] = asyncio.create_task(
                        keep_running(platform, tenant, name, consumers[name]), name=f"{name} {tenant}"
                    )
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await _end(list(running.values()))


def goes_on(name: str, state: str) -> bool:
    """Whether the consumer of that name runs for a tenant in that state."""
    return state == TenantState.ACTIVE or (state == TenantState.SUSPENDED and name in GO_ON_SUSPENDED)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def keep_running(platform: Platform, tenant: TenantId, name: str, consumer: Consumer) -> None:
    """Runs one consumer for one tenant again and again, waiting longer after each fall in a row."""
    wait = _FIRST_WAIT_S
    with structlog.contextvars.bound_contextvars(tenant=str(tenant), consumer=name), doing(name):
        while True:
            began = time.monotonic()
            try:
                with RUNNING.labels(name).track_inprogress():
                    await consumer(platform, tenant)
                log.warning("consumer ended", wait_s=wait)
            except EnclaveMissing:  # a new tenant's: made within seconds, by one of the consumers
                log.debug("consumer waits for the enclave")
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            except DomainError as error:
                log.warning("consumer could not go on", code=error.code, reason=error.message, wait_s=wait)
            except Exception:
                log.exception("consumer fell", wait_s=wait)
            FALLEN.labels(name).inc()
            if time.monotonic() - began > _CALM_S:
                wait = _FIRST_WAIT_S
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)


async def _states(relay_url: str) -> dict[TenantId, str] | None:
    """All tenants; None while the database is away, for it is looked again soon."""
    try:
        return {known.id: known.state for known in await known_tenants(relay_url)}
    except psycopg.OperationalError as error:
        log.warning("tenants could not be listed", reason=str(error))
        return None
