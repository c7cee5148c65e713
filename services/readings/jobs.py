"""What runs in the background: the historian (in a process of its own) and the MQTT way in (in the worker)."""

from collections.abc import Awaitable, Callable
from typing import Any

from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.readings import historian, mqtt

JOBS: dict[str, Callable[[Platform, TenantId, dict[str, Any]], Awaitable[None]]] = {}
SUBSCRIPTIONS: dict[str, list[str]] = {}
CONSUMERS: dict[str, Callable[[Platform, TenantId], Awaitable[None]]] = {
    "readings.historian": historian.consume,
    "readings.mqtt": mqtt.consume,
}
