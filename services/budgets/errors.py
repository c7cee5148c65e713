"""What can go wrong with budgets."""

from services.kernel.errors import Exhausted, Invalid


class BudgetSpent(Exhausted):
    """Nothing of a budget is left, and nothing was done."""

    code = "BUDGET_SPENT"


class TooManyJobs(Exhausted):
    """Facts: `ceiling`, `most`."""

    code = "TOO_MANY_JOBS"


class StorageFull(Exhausted):
    """Facts: `most` and `used`, in bytes."""

    code = "STORAGE_FULL"


class QuotaInvalid(Invalid):
    code = "QUOTA_INVALID"
