"""The present, passed in where a rule needs it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present in UTC, aware."""
    return datetime.now(UTC)
