"""All destinations of an edge's file, with what is done for them and what the status shows."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from andon_sdk.client import AsyncClient
from andon_sdk.connector import read_settings
from andon_sdk.destination import Destination, SettingsRefused, Sink, installed
from andon_sdk.edge.config import DestinationPart, EdgeConfig
from andon_sdk.edge.errors import ConfigRefused
from andon_sdk.edge.outward.courier import Courier
from andon_sdk.edge.outward.follow import Follower, Route
from andon_sdk.edge.outward.waiting import Waiting


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Opened:
    part: DestinationPart
    destination: Destination
    settings: Any

    def sink(self, config: EdgeConfig) -> Sink:
        folder = config.buffer.folder / "destinations" / self.part.name
        folder.mkdir(parents=True, exist_ok=True)
        return self.destination.open(self.settings, folder)


def opened(part: DestinationPart, file: str) -> Opened:
    """The destination and its checked settings. Raises `ConfigRefused`."""
    known, place = installed(), f"destination {part.name}"
    if part.destination not in known:
        offered = ", ".join(sorted(known)) or "none"
        problem = f"no installed plugin offers the destination “{part.destination}”. Installed: {offered}."
        raise ConfigRefused(problem, file=file, field=place)
    destination = known[part.destination]
    if useless := set(part.moments or ()) - destination.moments:
        useful = ", ".join(sorted(destination.moments))
        problem = f"“{part.destination}” makes no use of {', '.join(sorted(useless))}; it does of {useful}."
        raise ConfigRefused(problem, file=file, field=f"{place}, moments")
    try:
        return Opened(part, destination, read_settings(destination.settings, part.settings))
    except SettingsRefused as error:
        raise ConfigRefused(str(error), file=file, field=f"{place}, settings") from error


class Outward:
    """Raises `ConfigRefused` for what cannot work."""

    def __init__(self, config: EdgeConfig, file: str, andon: AsyncClient, now: Callable[[], datetime] = _now) -> None:
        self._routes: list[Route] = []
        self._keys = {part.name: part.destination for part in config.destination}
        for part in config.destination:
            found = opened(part, file)
            waiting = Waiting(config.buffer.folder / "destinations" / part.name, timedelta(minutes=part.patience_min))
            courier = Courier(part.name, found.sink(config), waiting, now)
            moments = frozenset(part.moments) if part.moments is not None else found.destination.moments
            self._routes.append(Route(courier, moments, part.assets, part.lines, part.rules))
        memory = config.buffer.folder / "destinations" / "alarms.json"
        self._follower = Follower(andon, self._routes, memory, now, config.andon.alarms_every_s)

    def works(self) -> list[Coroutine[Any, Any, None]]:
        """What is to run until it is cancelled; nothing where there is no destination."""
        if not self._routes:
            return []
        return [self._follower.run(), *(route.courier.run() for route in self._routes)]

    def told(self) -> dict[str, Any]:
        """Of each destination by name, as JSON."""
        return {route.courier.name: self._of(route.courier, self._keys[route.courier.name]) for route in self._routes}

    def _of(self, courier: Courier, key: str) -> dict[str, Any]:
        health = courier.health
        state = "refused" if health.stopped else "failing" if health.since else "works"
        return {
            "destination": key,
            "state": state,
            "why": health.reason,
            "since": health.since and health.since.isoformat(),
            "waiting": len(courier.waiting),
            "delivered": health.delivered,
            "put_aside": sum(1 for _ in courier.waiting.refusals()),
            "last_at": health.last_at and health.last_at.isoformat(),
            "asks_andon": self._follower.failing or "ok",
        }
