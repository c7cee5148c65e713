"""What one gateway process holds, built by `gateway.app.create_app`."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import strawberry

from gateway.relay import Cursors
from gateway.settings import GatewaySettings
from gateway.telemetry import Meters
from services.enclaves.platform import Platform
from services.kernel.errors import Exhausted, Unavailable


class Turnstile:
    """Counts the bodies in work, so that one tenant's flood waits outside and memory stays bounded."""

    def __init__(self, per_tenant: int, whole: int) -> None:
        self._per_tenant = per_tenant
        self._whole = whole
        self._inside: Counter[UUID] = Counter()

    @asynccontextmanager
    async def enter(self, tenant: UUID) -> AsyncIterator[None]:
        """Raises `Exhausted` when the tenant, `Unavailable` when the process has its hands full."""
        if self._inside[tenant] >= self._per_tenant:
            raise Exhausted(
                f"{self._per_tenant} bodies of your tenant are being taken. Send this one again in a second.",
                retry_after=1.0,
                most=self._per_tenant,
            )
        if self._inside.total() >= self._whole:
            raise Unavailable("The gateway has its hands full. Send this again in a second.", retry_after=1.0)
        self._inside[tenant] += 1
        try:
            yield
        finally:
            self._inside[tenant] -= 1
            if not self._inside[tenant]:
                del self._inside[tenant]


@dataclass(frozen=True, slots=True)
class Gateway:
    platform: Platform
    settings: GatewaySettings
    schema: strawberry.Schema
    cursors: Cursors
    meters: Meters
    turnstile: Turnstile
