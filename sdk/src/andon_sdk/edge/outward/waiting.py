"""The notices that wait for one destination: a folder with a file for each, oldest first.

A notice is there for good when `put` returns. What could not be delivered lies in the folder `refused` beside its
reason, until a person looks: moving it back into `waiting` sends it again at the next start.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from andon_sdk.destination import Moment, Notice, as_json, from_json
from andon_sdk.edge import disk

_CALLS = frozenset({Moment.RAISED, Moment.RETURNED})


@dataclass(frozen=True, slots=True)
class Queued:
    path: Path
    notice: Notice
    since: datetime
    """When it was put into the queue, by the edge's clock."""


class Waiting:
    """`patience`: how long a call (`raised`, `returned`) is held back. If the alarm is acknowledged, shelved or cleared
    meanwhile, the destination never hears of it."""

    def __init__(self, folder: Path, patience: timedelta = timedelta()) -> None:
        self.folder, self._patience = folder / "waiting", patience
        self.refused = folder / "refused"
        self._unheard = _Unheard(folder / "unheard.json")
        for each in (self.folder, self.refused):
            each.mkdir(parents=True, exist_ok=True)
        for torn in self.folder.glob("*.new"):
            torn.unlink()
        self._queue = {path.name: _read(path) for path in sorted(self.folder.glob("*.json"))}

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, notice: Notice, now: datetime) -> None:
        """Puts it behind all others, once however often it comes while it waits."""
        name = hashlib.sha256(notice.id.encode()).hexdigest()[:16]
        if any(each.endswith(f"-{name}.json") for each in self._queue):
            return
        last = next(reversed(self._queue), None)
        number = int(last.split("-")[0]) + 1 if last else 0
        path = self.folder / f"{number:012d}-{name}.json"
        _write(path, {"since": now.isoformat(), "notice": as_json(notice)})
        self._queue[path.name] = Queued(path, notice, now)

    def next(self, now: datetime) -> Queued | None:
        """The oldest that may go. One of an alarm whose call is held back waits behind it; others pass."""
        self._drop_answered()
        held = set[str]()
        for queued in self._queue.values():
            notice = queued.notice
            if notice.alarm_id in held:
                continue
            if notice.moment not in _CALLS:
                return queued
            if queued.since + self._patience <= now:
                self._unheard.discard(notice.alarm_id)
                return queued
            held.add(notice.alarm_id)
        return None

    def wakes_at(self) -> datetime | None:
        """When the first call that is held back may go; None if there is none."""
        calls = (queued.since for queued in self._queue.values() if queued.notice.moment in _CALLS)
        first = min(calls, default=None)
        return first and first + self._patience

    def done(self, queued: Queued) -> None:
        queued.path.unlink()
        del self._queue[queued.path.name]

    def refuse(self, queued: Queued, reason: str) -> None:
        """Puts it aside; the reason stands in a file of the same name that ends in `.txt`."""
        disk.replace(self.refused / f"{queued.path.stem}.txt", reason.encode(), synced=True)
        queued.path.replace(self.refused / queued.path.name)
        del self._queue[queued.path.name]

    def refusals(self) -> Iterator[tuple[str, str]]:
        """(name, reason), oldest first."""
        for path in sorted(self.refused.glob("*.txt")):
            yield path.stem, path.read_text("utf-8")

    def _drop_answered(self) -> None:
        """Takes out the calls that somebody, or the machine, answered while they were held back, and their answers."""
        if not self._patience:
            return
        calls = {queued.notice.alarm_id: queued for queued in self._queue.values() if queued.notice.moment in _CALLS}
        for queued in list(self._queue.values()):
            notice = queued.notice
            if notice.moment in _CALLS:
                continue
            call = calls.get(notice.alarm_id)
            if call and queued.since < call.since + self._patience and call.path.name < queued.path.name:
                self._unheard.add(notice.alarm_id)
                self.done(calls.pop(notice.alarm_id))
            if notice.alarm_id in self._unheard:
                self.done(queued)
                if notice.moment is Moment.CLEARED:
                    self._unheard.discard(notice.alarm_id)


class _Unheard:
    """Ids of alarms that the destination never heard of, and so is told nothing further of, on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids = set[str](json.loads(path.read_text("utf-8"))) if path.exists() else set[str]()

    def __contains__(self, alarm_id: str) -> bool:
        return alarm_id in self._ids

    def add(self, alarm_id: str) -> None:
        self._keep(self._ids | {alarm_id})

    def discard(self, alarm_id: str) -> None:
        self._keep(self._ids - {alarm_id})

    def _keep(self, ids: set[str]) -> None:
        if ids != self._ids:
            _write(self._path, sorted(ids))
            self._ids = ids


def _write(path: Path, what: Any) -> None:
    disk.replace(path, json.dumps(what).encode(), synced=True)


def _read(path: Path) -> Queued:
    said = json.loads(path.read_text("utf-8"))
    return Queued(path, from_json(said["notice"]), datetime.fromisoformat(said["since"]))
