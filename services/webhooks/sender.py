"""Posts what is due, for one tenant, until cancelled.

Several workers may do so at once: what one claims is its own until a time that no try outlasts, and after it the try
counts as lost with its worker. No try holds a connection to the database, and an endpoint has only so many under way,
so one that hangs delays neither other endpoints nor other work.
"""

import asyncio
import ssl
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random
from uuid import UUID

import httpx
import prometheus_client
import structlog

from services.enclaves import api as enclaves
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.kernel.outward import Outward, Resolve, Resolver
from services.webhooks import model
from services.webhooks.adapters.post import Outcome, post
from services.webhooks.catalogue import PING
from services.webhooks.contracts import DeliveryState, EndpointState
from services.webhooks.repository import Claimed, Webhooks
from services.webhooks.tables import DeliveryRow, EndpointRow

log = structlog.get_logger(__name__)
ATTEMPTS = prometheus_client.Counter("andon_webhook_attempts", "Tries to post news", ["outcome"])
_GONE = 410
_KEPT_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Pace:
    under_way: int = 4
    """Tries of one endpoint at once."""
    lost_after_s: float = 60.0
    """More than any try takes, with what is written after it."""
    look_s: float = 1.0
    purge_s: float = 3600.0


class Sender:
    def __init__(
        self, platform: Platform, tenant: TenantId, resolve: Resolve, tls: ssl.SSLContext, pace: Pace | None = None
    ) -> None:
        self._platform = platform
        self._tenant = tenant
        self._vault = enclaves.grounded(platform).vault
        self._outward = Outward(platform.reach, resolve, tls)
        self._pace = pace or Pace()
        self._under_way = Counter[UUID]()
        self._free = asyncio.Event()

    async def run(self) -> None:
        purge_at = self._now()
        async with asyncio.TaskGroup() as tries:
            while True:
                self._free.clear()
                for claimed in await self._claim():
                    self._under_way[claimed.endpoint_id] += 1
                    tries.create_task(self._try(claimed))
                if self._now() >= purge_at:
                    await self._purge()
                    purge_at = self._now() + timedelta(seconds=self._pace.purge_s)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pace.look_s):
                        await self._free.wait()

    def _now(self) -> datetime:
        return self._platform.clock()

    async def _claim(self) -> list[Claimed]:
        now = self._now()
        lost_at = now + timedelta(seconds=self._pace.lost_after_s)
        under_way = {id_: count for id_, count in self._under_way.items() if count}
        async with self._platform.database.unit(self._tenant) as uow:
            claimed = await Webhooks(uow).claim(under_way, self._pace.under_way, now, lost_at)
            if claimed:
                await uow.commit()
        return claimed

    async def _try(self, claimed: Claimed) -> None:
        try:
            began = self._now()
            body = claimed.body.encode()
            headers = model.headers(claimed.message_id, began, body, self._keys(claimed, began))
            outcome = await post(claimed.url, headers, body, self._outward)
            ATTEMPTS.labels("delivered" if outcome.error is None else "failed").inc()
            await self._note(claimed, began, outcome)
        finally:
            self._under_way[claimed.endpoint_id] -= 1
            self._free.set()

    def _keys(self, claimed: Claimed, now: datetime) -> list[str]:
        """The secrets to sign with; the one before the present one while it is alive."""
        closed = [claimed.secret]
        if claimed.former_secret and claimed.former_secret_until and now < claimed.former_secret_until:
            closed.append(claimed.former_secret)
        return [self._vault.open(each) for each in closed]

    async def _note(self, claimed: Claimed, began: datetime, outcome: Outcome) -> None:
        """Writes what came of a try, unless the delivery went to another worker or away meanwhile."""
        async with self._platform.database.unit(self._tenant) as uow:
            store = Webhooks(uow)
            endpoint = await store.endpoint(claimed.endpoint_id, lock=True)
            delivery = await store.delivery(claimed.id, lock=True)
            if endpoint is None or delivery is None or delivery.tries != claimed.tries:
                return
            if delivery.state != DeliveryState.WAITING.value:
                return
            note_attempt(delivery, began, outcome)
            now, before = self._now(), endpoint.state
            if outcome.error is None:
                end(delivery, DeliveryState.DELIVERED, now)
                endpoint.failing_since = None
            else:
                fail(endpoint, delivery, outcome, now)
            await uow.session.flush()
            if endpoint.state != before:
                await store.give_up(endpoint.id, now, endpoint.reason or "")
                log.warning("webhook endpoint disabled", endpoint=str(endpoint.id), reason=endpoint.reason)
            await uow.commit()

    async def _purge(self) -> None:
        async with self._platform.database.unit(self._tenant) as uow:
            if await Webhooks(uow).purge(self._now() - model.KEPT):
                await uow.commit()


def note_attempt(delivery: DeliveryRow, began: datetime, outcome: Outcome) -> None:
    attempt = {
        "number": delivery.tries,
        "at": began.isoformat(),
        "status": outcome.status,
        "error": outcome.error,
        "duration_ms": outcome.duration_ms,
        "answer": outcome.answer,
    }
    delivery.attempts = [*delivery.attempts, attempt][-_KEPT_ATTEMPTS:]
    delivery.last_status, delivery.last_error = outcome.status, outcome.error
    delivery.duration_ms = outcome.duration_ms


def end(delivery: DeliveryRow, state: DeliveryState, now: datetime) -> None:
    delivery.state, delivery.next_try_at, delivery.ended_at = state.value, None, now


def fail(endpoint: EndpointRow, delivery: DeliveryRow, outcome: Outcome, now: datetime) -> None:
    """The try failed: it is tried again, or given up; and the endpoint may have failed for too long. A ping is a
    question and tells nothing of what was missed."""
    delivery.tries_left -= 1
    if delivery.tries_left > 0 and outcome.status != _GONE:
        delivery.next_try_at = now + model.wait(delivery.tries_left, random(), outcome.retry_after)  # noqa: S311 no secret
    else:
        end(delivery, DeliveryState.FAILED, now)
    if delivery.type == PING:
        return
    endpoint.failing_since = endpoint.failing_since or now
    if outcome.status == _GONE:
        disable(endpoint, "The receiver answered 410, which means that it is gone for good.")
    elif model.given_up(endpoint.failing_since, now):
        days = model.PATIENCE.days
        disable(endpoint, f"Nothing could be delivered for {days} days. The last error: {outcome.error}")


def disable(endpoint: EndpointRow, reason: str) -> None:
    endpoint.state, endpoint.reason = EndpointState.DISABLED.value, reason


async def send(platform: Platform, tenant: TenantId) -> None:
    """The consumer: posts the tenant's deliveries until cancelled."""
    resolver = Resolver()
    try:
        await Sender(platform, tenant, resolver, httpx.create_ssl_context()).run()
    finally:
        resolver.close()
