"""A budget as a bucket that refills, in the form of the generic cell rate algorithm (ITU-T I.371).

All that is kept of it is the moment at which what was taken will have come back. Times are seconds of any clock that
does not jump.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from services.budgets.contracts import Budget, BudgetState, Ceiling, Quota
from services.budgets.errors import BudgetSpent, QuotaInvalid, StorageFull, TooManyJobs

HIGHEST = 10**12
_DUST = 1e-6
_NAMES = {Budget.REQUESTS: "requests", Budget.COST: "query cost", Budget.ROWS: "rows"}


USUAL_ROWS = Quota(per_second=50_000, burst=20_000_000)
"""Of rows, for tenants without a quota of their own."""
CEILINGS: Mapping[Ceiling, int] = {Ceiling.JOBS: 8, Ceiling.JOBS_A_DAY: 2_000, Ceiling.STORAGE: 1024**4}
"""The usual ones, for tenants without their own."""
_JOB_WAIT_S, _STORAGE_WAIT_S = 15.0, 3600.0


def check_ceiling(most: int) -> int:
    """Raises `QuotaInvalid`."""
    if not 0 <= most <= HIGHEST * 1000:
        raise QuotaInvalid(f"A ceiling is a whole number from 0 to {HIGHEST * 1000}.", field="most")
    return most


def too_many_jobs(most: int) -> TooManyJobs:
    return TooManyJobs(
        f"{most} imports and exports of your tenant are not over yet, which is as many as it may have. Nothing was "
        "begun; try again when one has ended.",
        retry_after=_JOB_WAIT_S,
        ceiling=Ceiling.JOBS.value,
        most=most,
    )


def too_many_jobs_a_day(most: int, wait_s: float) -> TooManyJobs:
    return TooManyJobs(
        f"Your tenant began {most} imports and exports within 24 hours, which is as many as it may. Nothing was begun.",
        retry_after=max(1.0, wait_s),
        ceiling=Ceiling.JOBS_A_DAY.value,
        most=most,
    )


def storage_full(most: int, used: int) -> StorageFull:
    return StorageFull(
        f"Your tenant's storage is full: {used:,} of {most:,} bytes. Nothing was taken; have the platform operator set "
        "a larger ceiling. Readings that arrive live are stored all the same.",
        retry_after=_STORAGE_WAIT_S,
        most=most,
        used=used,
    )


def check_quota(quota: Quota) -> Quota:
    """Raises `QuotaInvalid`."""
    if not (math.isfinite(quota.per_second) and 0 < quota.per_second <= HIGHEST):
        raise QuotaInvalid(f"A budget refills by more than 0 and at most {HIGHEST} a second.", field="perSecond")
    if not 1 <= quota.burst <= HIGHEST:
        raise QuotaInvalid(f"A budget holds 1 to {HIGHEST}.", field="burst")
    return quota


def spent(budget: Budget, quota: Quota, wait: float) -> BudgetSpent:
    """The refusal: what, why and when to come again. `wait`: seconds until something may be taken."""
    seconds = max(1, math.ceil(wait))
    return BudgetSpent(
        f"Your tenant's budget of {_NAMES[budget]} is used up: {quota.per_second:g} a second, {quota.burst} at once. "
        f"Nothing was done; send the same again in {seconds} s. The platform operator can set a larger quota.",
        retry_after=wait,
        budget=budget.value,
        per_second=quota.per_second,
        burst=quota.burst,
        seconds=seconds,
    )


@dataclass(slots=True)
class Bucket:
    """One tenant's budget as one process sees it.

    Whoever finds anything left may take, however much it is; what goes below zero is waited for by the next. So no call
    is too large to be ever allowed, and none needs to know its size before it is admitted.
    """

    quota: Quota
    empty_at: float = 0.0
    untold: float = 0.0
    """Seconds of what was taken here that the other processes have not heard of."""

    def wait(self, now: float) -> float:
        """Seconds until something may be taken; 0 if it may be now."""
        over = self._used(now) + 1 - self.quota.burst
        return over / self.quota.per_second if over > _DUST else 0.0

    def take(self, amount: float, now: float) -> None:
        """Takes, whether anything is left or not."""
        seconds = amount / self.quota.per_second
        self.untold = min(self.untold, self._level(now)) + seconds  # what has come back needs no telling
        self.empty_at = max(self.empty_at, now) + seconds

    def tell(self, now: float) -> float:
        """What the others are to hear of, once."""
        told, self.untold = min(self.untold, self._level(now)), 0.0
        return told

    def hear(self, level: float, quota: Quota, now: float) -> None:
        """`level`: what all processes together had taken; what was taken here since it was told comes on top."""
        self.untold *= self.quota.per_second / quota.per_second
        self.quota = quota
        self.empty_at = now + level + self.untold

    def worth_telling(self, share: float) -> bool:
        """Whether what is untold is more than a share of the budget."""
        return self.untold * self.quota.per_second >= share * self.quota.burst

    def state(self, budget: Budget, now: float) -> BudgetState:
        remaining = max(0, math.floor(self.quota.burst - self._used(now) + _DUST))
        return BudgetState(budget, self.quota, remaining, self._level(now))

    def _level(self, now: float) -> float:
        return max(0.0, self.empty_at - now)

    def _used(self, now: float) -> float:
        return self._level(now) * self.quota.per_second
