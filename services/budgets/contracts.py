"""What budgets take and give."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Budget(StrEnum):
    REQUESTS = "requests"
    """Calls of any door, and operations over a websocket."""
    COST = "cost"
    """Of GraphQL operations, in the points that each answer tells."""
    ROWS = "rows"
    """That are sent in, to be stored or scored."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How large a budget is."""

    per_second: float
    """What comes back in a second."""
    burst: int
    """What a budget that was left alone holds."""


class Ceiling(StrEnum):
    """What a tenant may have at most; nothing of it comes back by waiting alone."""

    JOBS = "jobs"
    """Imports and exports that are not over."""
    JOBS_A_DAY = "jobs_a_day"
    """Imports and exports begun within 24 hours."""
    STORAGE = "storage"
    """Bytes in the tenant's bucket, staged files included."""


@dataclass(frozen=True, slots=True)
class CeilingState:
    """A ceiling as it is now."""

    ceiling: Ceiling
    most: int
    used: int
    measured_at: datetime | None
    """When `used` was measured; None where it is counted as it is asked for."""


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget as it is now."""

    budget: Budget
    quota: Quota
    remaining: int
    reset_seconds: float
    """Until it is whole again, if nothing more is taken."""


@dataclass(frozen=True, slots=True)
class Known:
    """What all processes together know of a tenant's budgets."""

    quotas: Mapping[Budget, Quota]
    """Those that the tenant has of its own; the others are the installation's."""
    levels: Mapping[Budget, float]
    """Seconds until what was taken has come back."""
