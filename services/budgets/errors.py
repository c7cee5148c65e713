"""What can go wrong with budgets."""

from services.kernel.errors import Exhausted, Invalid


class BudgetSpent(Exhausted):
    """Nothing of a budget is left, and nothing was done."""

    code = "BUDGET_SPENT"


class QuotaInvalid(Invalid):
    code = "QUOTA_INVALID"
