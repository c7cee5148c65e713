"""Asks Andon for alarms that changed, and puts the moments that makes into the queues."""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from andon_sdk.client import AsyncClient, ClientError
from andon_sdk.destination import Moment, Notice, Share
from andon_sdk.edge import disk
from andon_sdk.edge.outward import alarms
from andon_sdk.edge.outward.alarms import Alarm, Known
from andon_sdk.edge.outward.courier import Courier

_PAGE = 100
_ON = "alarms(states: [ACTIVE, ACKNOWLEDGED, SHELVED], first: $first, after: $after)"
_CHANGED = "alarms(updatedSince: $since, first: $first, after: $after)"
_QUERY = """query (%s$first: Int!, $after: String) { %s { pageInfo { hasNextPage endCursor } edges { node {
  id rule raisedAt peak acknowledgedAt acknowledgedBy shelvedUntil clearedAt clearedBecause mutedBy { id }
  top { signal share } asset { key title site line } } } } }"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """Which notices go to a destination; what is empty lets all through. Names may hold `*` and `?`."""

    courier: Courier
    moments: frozenset[Moment]
    assets: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def takes(self, notice: Notice) -> bool:
        wanted = ((notice.asset, self.assets), (notice.line, self.lines), (notice.rule, self.rules))
        return notice.moment in self.moments and all(_matches(*each) for each in wanted)


class Follower:
    """At the first start all alarms that are on are told; from then on what changes."""

    def __init__(
        self,
        andon: AsyncClient,
        routes: Sequence[Route],
        memory: Path,
        now: Callable[[], datetime],
        every_s: float = 5.0,
    ) -> None:
        """`memory`: the file that holds what was told so far."""
        self._andon, self._routes, self._memory, self._now, self._every_s = andon, routes, memory, now, every_s
        self._mark: str | None = None
        self._known: dict[str, Known] = {}
        if memory.exists():
            said = json.loads(memory.read_text("utf-8"))
            self._mark = said["mark"]
            self._known = {key: Known.from_json(each) for key, each in said["known"].items()}
        self.failing: str = ""
        """Why Andon could not be asked the last time."""

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.poll()
                self.failing = ""
            except ClientError as error:
                if str(error) != self.failing:
                    _log.warning("alarms cannot be asked for: %s", error)
                self.failing = str(error)
            await asyncio.sleep(self._every_s)

    async def poll(self) -> int:
        """One look; answers how many moments there were. Raises `ClientError`, and then nothing was noted."""
        mark = (await self._andon.query("{ pollMark }"))["pollMark"]
        known = dict(self._known)
        if self._mark is None:
            # The mark may lie before now, and what cleared between the two is no news.
            over = {key: alarm for key, alarm in (await self._changed(mark)).items() if alarm.cleared_at is not None}
            known |= {key: Known(raised=True, cleared_at=alarm.cleared_at) for key, alarm in over.items()}
            found = await self._on()
        else:
            found = await self._changed(self._mark)
        if any(alarms.is_due(known, self._now()) and key not in found for key, known in self._known.items()):
            found = await self._on() | found
        now, notices = self._now(), list[Notice]()
        for key, alarm in found.items():
            known[key], moments = alarms.look(known.get(key), alarm, now)
            notices += moments
        for notice in sorted(notices, key=lambda notice: notice.at):
            self._put(notice, now)
        known = {key: each for key, each in known.items() if not alarms.is_forgotten(each, now)}
        if (mark, known) != (self._mark, self._known):
            said = {"mark": mark, "known": {key: each.as_json() for key, each in known.items()}}
            disk.replace(self._memory, json.dumps(said).encode(), synced=True)
        self._mark, self._known = mark, known
        return len(notices)

    def _put(self, notice: Notice, now: datetime) -> None:
        for route in self._routes:
            if route.takes(notice):
                route.courier.waiting.put(notice, now)
                route.courier.wake()

    async def _on(self) -> dict[str, Alarm]:
        return await self._alarms(_QUERY % ("", _ON))

    async def _changed(self, since: str) -> dict[str, Alarm]:
        return await self._alarms(_QUERY % ("$since: DateTime!, ", _CHANGED), since=since)

    async def _alarms(self, query: str, **variables: Any) -> dict[str, Alarm]:
        """By id, all pages."""
        found, after = dict[str, Alarm](), None
        while True:
            page = (await self._andon.query(query, first=_PAGE, after=after, **variables))["alarms"]
            found |= {edge["node"]["id"]: _alarm(edge["node"]) for edge in page["edges"]}
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]


def _alarm(node: dict[str, Any]) -> Alarm:
    asset = node["asset"]
    return Alarm(
        id=node["id"],
        rule=node["rule"],
        raised_at=datetime.fromisoformat(node["raisedAt"]),
        peak=node["peak"],
        asset=asset["key"],
        title=asset["title"],
        site=asset["site"],
        line=asset["line"],
        top=tuple(Share(each["signal"], each["share"]) for each in node["top"]),
        acknowledged_at=_time(node["acknowledgedAt"]),
        acknowledged_by=node["acknowledgedBy"] or "",
        shelved_until=_time(node["shelvedUntil"]),
        cleared_at=_time(node["clearedAt"]),
        cleared_because=node["clearedBecause"] or "",
        muted=node["mutedBy"] is not None,
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
