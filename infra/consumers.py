"""Keeps the services' long-lived consumers running for every tenant: new tenants are noticed, the fallen come back."""

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
from services.kernel.outbox import tenant_ids

LOOK_EVERY_S = 1.0
_FIRST_WAIT_S, _LONGEST_WAIT_S, _CALM_S = 0.5, 30.0, 60.0

log = structlog.get_logger(__name__)
RUNNING = Gauge("andon_consumers_running", "Consumers that run now", ["consumer"])
FALLEN = Counter("andon_consumers_fallen", "Times a consumer ended by itself", ["consumer"])


async def run_consumers(platform: Platform, relay_url: str, consumers: Mapping[str, Consumer]) -> None:
    """Runs each consumer once for each tenant until cancelled; all are ended then."""
    running: dict[tuple[TenantId, str], asyncio.Task[None]] = {}
    try:
        while True:
            for tenant in await _tenants(relay_url):
                for name, consumer in consumers.items():
                    if (tenant, name) not in running:
                        running[tenant, name] = asyncio.create_task(
                            keep_running(platform, tenant, name, consumer), name=f"{name} {tenant}"
                        )
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


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


async def _tenants(relay_url: str) -> list[TenantId]:
    """Ids of all tenants; none while the database is away, for it is looked again soon."""
    try:
        return await tenant_ids(relay_url)
    except psycopg.OperationalError as error:
        log.warning("tenants could not be listed", reason=str(error))
        return []
