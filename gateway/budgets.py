"""Tenants' budgets as this process keeps them.

A call costs no round trip: it takes from a bucket in memory. What was taken is told to the other processes in the
background, over the database, at most once a second and only when it is worth it; what comes back corrects the bucket
and brings new quotas. So N processes together admit what a quota says, and at most N times `_UNTOLD` of a burst more.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from prometheus_client import Counter

from gateway.errors import expected, report
from gateway.settings import GatewaySettings
from services.budgets import api as budgets
from services.budgets.contracts import Budget, BudgetState, Quota
from services.budgets.model import Bucket, spent
from services.kernel.ids import TenantId
from services.kernel.rights import Principal
from services.kernel.uow import Database

_EXCHANGE_S = 1.0
_REFRESH_S = 10.0
"""Within it a new quota holds for a tenant that calls."""
_UNTOLD = 0.02
_REMEMBERED = 10_000


def quotas(settings: GatewaySettings) -> dict[Budget, Quota]:
    """The installation's, for tenants without quotas of their own."""
    return {
        Budget.REQUESTS: Quota(settings.requests_per_second, settings.requests_burst),
        Budget.COST: Quota(settings.cost_per_second, settings.cost_burst),
        Budget.ROWS: Quota(settings.rows_per_second, settings.rows_burst),
    }


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Account:
    """One tenant's budgets."""

    def __init__(
        self,
        database: Database,
        tenant: TenantId,
        usual: Mapping[Budget, Quota],
        refused: Counter,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._tenant = tenant
        self._usual = usual
        self._refused = refused
        self._clock = clock
        self._buckets = {budget: Bucket(quota) for budget, quota in usual.items()}
        self._exchanged_at = 0.0
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def check(self, budget: Budget) -> None:
        """Raises `BudgetSpent` when nothing is left."""
        bucket = self._buckets[budget]
        if wait := bucket.wait(self._clock()):
            self._refused.labels(budget.value).inc()
            raise spent(budget, bucket.quota, wait)

    def take(self, budget: Budget, amount: float) -> None:
        """Takes, if anything is left; otherwise raises `BudgetSpent`, and nothing was taken."""
        self.check(budget)
        self._buckets[budget].take(amount, self._clock())
        if self._due():
            self._task = asyncio.create_task(self._exchange_or_report())

    def state(self, budget: Budget) -> BudgetState:
        """As far as this process knows."""
        return self._buckets[budget].state(budget, self._clock())

    async def states(self) -> list[BudgetState]:
        """All budgets, after hearing from the other processes."""
        await self.exchange()
        return [self.state(budget) for budget in self._buckets]

    async def exchange(self) -> None:
        """Tells what was taken here and hears what was taken everywhere."""
        async with self._turn:  # an answer that comes late would undo the one before
            await self._exchange()

    async def _exchange(self) -> None:
        self._exchanged_at = self._clock()
        told = {budget: bucket.tell(self._exchanged_at) for budget, bucket in self._buckets.items()}
        try:
            known = await budgets.exchange(self._database, self._tenant, told)
        except BaseException:
            for budget, seconds in told.items():
                self._buckets[budget].untold += seconds
            raise
        now = self._clock()
        for budget, bucket in self._buckets.items():
            bucket.hear(known.levels[budget], known.quotas.get(budget, self._usual[budget]), now)

    def _due(self) -> bool:
        if self._task is not None and not self._task.done():
            return False
        since = self._clock() - self._exchanged_at
        if since < _EXCHANGE_S:
            return False
        return since >= _REFRESH_S or any(bucket.worth_telling(_UNTOLD) for bucket in self._buckets.values())

    async def _exchange_or_report(self) -> None:
        """Until the database is back, this process counts by itself; no call fails for it."""
        try:
            await self.exchange()
        except Exception as error:  # noqa: BLE001  nobody waits for this task
            if expected(error) is None:
                report(error)


class Budgets:
    """The accounts of all tenants that have called this process, and who came with which credential.

    A call over the budget is refused by the credential alone, before the database is asked whether it is still good:
    looking that up is most of what refusing would cost, and it costs everybody. To call again and again is then cheaper
    to refuse than to make.
    """

    def __init__(self, database: Database, usual: Mapping[Budget, Quota], refused: Counter) -> None:
        self._database = database
        self._usual = usual
        self._refused = refused
        self._accounts: dict[TenantId, Account] = {}
        self._seen: OrderedDict[bytes, Principal] = OrderedDict()

    def seen(self, secret: str, principal: Principal) -> None:
        """That the credential was good, and whose it was."""
        digest = _digest(secret)
        self._seen[digest] = principal
        self._seen.move_to_end(digest)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    def last_seen(self, secret: str) -> tuple[Principal, Account] | None:
        """Who came with the credential when it was last found good, and their account. No proof that it still is."""
        principal = self._seen.get(_digest(secret))
        return (principal, self._accounts[principal.tenant]) if principal else None

    async def account(self, tenant: TenantId) -> Account:
        """The tenant's; its first call here waits for what the others know."""
        if known := self._accounts.get(tenant):
            return known
        account = Account(self._database, tenant, self._usual, self._refused)
        await account.exchange()
        return self._accounts.setdefault(tenant, account)
