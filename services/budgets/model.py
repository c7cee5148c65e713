"""A budget as a bucket that refills, in the form of the generic cell rate algorithm (ITU-T I.371).

All that is kept of it is the moment at which what was taken will have come back. Times are seconds of any clock that
does not jump.
"""

import math
from dataclasses import dataclass

from services.budgets.contracts import Budget, BudgetState, Quota
from services.budgets.errors import BudgetSpent, QuotaInvalid

HIGHEST = 10**12
_DUST = 1e-6
_NAMES = {Budget.REQUESTS: "requests", Budget.COST: "query cost", Budget.ROWS: "rows"}


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
