"""The shapes of background work that services offer in their own `jobs.py`."""

from collections.abc import Awaitable, Callable
from typing import Any

from services.enclaves.platform import Platform
from services.kernel.ids import TenantId

JobHandler = Callable[[Platform, TenantId, dict[str, Any]], Awaitable[None]]
"""Does one job for a tenant; delivered at least once, so harmless when run again."""

Consumer = Callable[[Platform, TenantId], Awaitable[None]]
"""Works for one tenant until cancelled. May raise: its process logs that by name and calls it again, with back-off."""
