"""What one gateway process holds, built by `gateway.app.create_app`."""

import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import strawberry

from gateway.answers import Answers
from gateway.budgets import Account, Budgets
from gateway.context import RequestContext
from gateway.documents import Documents
from gateway.relay import Cursors
from gateway.settings import GatewaySettings
from gateway.telemetry import Meters
from gateway.tickets import Tickets
from gateway.workbench.links import Links
from services.enclaves.platform import Platform
from services.kernel.errors import Exhausted, Unavailable
from services.kernel.rights import Principal
from services.oidc.api import Issuers

_REMEMBERED = 10_000


class Turnstile:
    """Counts what is in work, so that one tenant's flood waits outside and memory stays bounded."""

    def __init__(self, what: str, per_tenant: int, whole: int) -> None:
        """`what` is counted, in the plural."""
        self._what = what
        self._per_tenant = per_tenant
        self._whole = whole
        self._inside: Counter[UUID] = Counter()

    @asynccontextmanager
    async def enter(self, tenant: UUID) -> AsyncIterator[None]:
        """Raises `Exhausted` when the tenant, `Unavailable` when the process has its hands full."""
        if self._inside[tenant] >= self._per_tenant:
            raise Exhausted(
                f"There are {self._per_tenant} {self._what} of your tenant already. Try again in a second.",
                retry_after=1.0,
                most=self._per_tenant,
            )
        if self._inside.total() >= self._whole:
            raise Unavailable("The gateway has its hands full. Try again in a second.", retry_after=1.0)
        self._inside[tenant] += 1
        try:
            yield
        finally:
            self._inside[tenant] -= 1
            if not self._inside[tenant]:
                del self._inside[tenant]


class Throttle:
    """Makes guessing passwords slow: after a few failures for one address of one tenant, the next try has to wait.

    Counted in this process; `N` copies of the gateway allow N times as many, which is still slow.
    """

    def __init__(self, failures: int, wait_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = failures
        self._wait_s = wait_s
        self._clock = clock
        self._failed: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def check(self, key: Hashable) -> None:
        """Raises `Exhausted` while `key` has to wait."""
        failures, last = self._failed.get(key, (0, 0.0))
        left = last + self._wait_s - self._clock()
        if failures >= self._most and left > 0:
            raise Exhausted("Too many failed tries. Wait a little before the next one.", retry_after=left)

    def failed(self, key: Hashable) -> None:
        failures, last = self._failed.pop(key, (0, 0.0))
        fresh = self._clock() - last > self._wait_s
        self._failed[key] = (1 if fresh else failures + 1, self._clock())
        if len(self._failed) > _REMEMBERED:
            self._failed.popitem(last=False)

    def succeeded(self, key: Hashable) -> None:
        self._failed.pop(key, None)


@dataclass(frozen=True, slots=True)
class Gateway:
    platform: Platform
    settings: GatewaySettings
    schema: strawberry.Schema
    cursors: Cursors
    answers: Answers
    documents: Documents
    meters: Meters
    turnstile: Turnstile
    files: Turnstile
    live: Turnstile
    """For staged files, which may take as long as a slow line needs."""
    throttle: Throttle
    budgets: Budgets
    issuers: Issuers
    tickets: Tickets
    workbenches: Links

    def context(self, principal: Principal, account: Account, host: str = "") -> RequestContext:
        """For one GraphQL operation of theirs. `host` is the name that it was asked under."""
        held = (self.cursors, self.answers, self.documents, self.issuers, self.tickets, self.workbenches)
        return RequestContext(self.platform, principal, account, *held, host)
