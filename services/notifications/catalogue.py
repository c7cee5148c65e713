"""Which news people can be told, and in which words: the one table of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import Asset
from services.kernel.ids import global_id
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.monitoring import api as monitoring
from services.monitoring.contracts import Alarm, Case
from services.notifications.contracts import NotificationType
from services.notifications.model import clean
from services.training import api as training
from services.training.contracts import Run, RunState

_NAMED = 5
"""Machines that a piece of news about many names."""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Words:
    headline: str
    detail: str
    path: str


@dataclass(frozen=True, slots=True)
class News:
    """A piece of news about machines, before it is known for which of them a subscription wants it."""

    assets: Mapping[UUID, Asset]
    say: Callable[[Sequence[Asset]], Words]
    """What is told about those of them that are wanted, in the order of their keys; one at least."""
    alarm_id: UUID | None = None


Tell = Callable[[UnitOfWork, Principal, Mapping[str, Any]], Awaitable[list[News]]]


async def _alarms(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> list[News]:
    if payload["state"] != "active":
        return []  # the platform shelved it at once: the model that raised it is of before an event
    found = await monitoring.get_alarms(uow, principal, [UUID(text) for text in payload["alarm_ids"]])
    known = await _assets(uow, principal, {alarm.asset_id for alarm in found})
    return [
        News({alarm.asset_id: known[alarm.asset_id]}, _alarm_words(alarm), alarm.id)
        for alarm in sorted(found, key=_raised)
    ]


def _raised(alarm: Alarm) -> tuple[datetime, UUID]:
    return alarm.raised_at, alarm.id


def _alarm_words(alarm: Alarm) -> Callable[[Sequence[Asset]], Words]:
    def say(machines: Sequence[Asset]) -> Words:
        why = f"The score is {alarm.peak:.2g} times its limit."
        if alarm.top:
            parts = ", ".join(f"{clean(signal, 60)} ({share:.0%})" for signal, share in alarm.top[:3])
            why += f" Most of it comes from {parts}."
        return Words(
            f"Alarm: {_title(machines[0])}",
            f"{_where(machines[0])}\nSince {_at(alarm.raised_at)}. {why}",
            _page(machines[0]),
        )

    return say


async def _cases(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> list[News]:
    found = await monitoring.get_cases(uow, principal, [UUID(text) for text in payload["case_ids"]])
    known = await _assets(uow, principal, {case.asset_id for case in found})
    return [News({case.asset_id: known[case.asset_id]}, _case_words(case)) for case in reversed(found)]


def _case_words(case: Case) -> Callable[[Sequence[Asset]], Words]:
    def say(machines: Sequence[Asset]) -> Words:
        lines = [_where(machines[0]), f"{clean(case.title, _LONGEST)}. Open since {_at(case.opened_at)}."]
        if case.next_step:
            lines.append(clean(case.next_step, _LONGEST))
        path = f"/cases/{quote(global_id('Case', case.id), safe='')}"
        return Words(f"Case opened: {_title(machines[0])}", "\n".join(lines), path)

    return say


async def _run(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> list[News]:
    run = await training.get_run(uow, principal, UUID(payload["run_id"]))
    known = await _assets(uow, principal, set(await training.assets_of_run(uow, principal, run.id)))
    stopped = await training.stopped_of(uow, principal, run.id) if run.state in _JUDGED else {}
    return [News(known, _run_words(run, stopped))]


_JUDGED = {RunState.SUCCEEDED, RunState.STOPPED}
_ENDED = {
    RunState.SUCCEEDED: "finished",
    RunState.STOPPED: "was stopped by its gates",
    RunState.FAILED: "failed",
    RunState.CANCELLED: "was cancelled",
}


def _run_words(run: Run, stopped: Mapping[UUID, str]) -> Callable[[Sequence[Asset]], Words]:
    def say(machines: Sequence[Asset]) -> Words:
        ended = _ENDED.get(run.state, "ended")
        lines = [f"Started by {clean(run.created_by, 100)} at {_at(run.created_at)}. {clean(run.message, _LONGEST)}"]
        lines += [f"{_title(each)}: {clean(stopped[each.id], _LONGEST)}" for each in machines if each.id in stopped][
            :_NAMED
        ]
        path = f"/runs/{quote(global_id('Run', run.id), safe='')}"
        return Words(f"Retraining of {_titles(machines)} {ended}", "\n".join(lines), path)

    return say


async def _challengers(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> list[News]:
    known = await _assets(uow, principal, {UUID(text) for text in payload["asset_ids"]})
    return [News(known, _challenger_words)]


def _challenger_words(machines: Sequence[Asset]) -> Words:
    headline = f"New model for {_titles(machines)} waits for promotion"
    names = "\n".join(_where(each) for each in machines[:_NAMED])
    detail = f"It passed its gates. Compare it with the champion, and promote it if it is better.\n{names}"
    return Words(headline, detail, _page(machines[0]) if len(machines) == 1 else "/")


async def _assets(uow: UnitOfWork, principal: Principal, ids: set[UUID]) -> dict[UUID, Asset]:
    return {asset.id: asset for asset in await assets.get_assets(uow, principal, ids)}


def _title(asset: Asset) -> str:
    return clean(asset.title, 80) or asset.key


def _titles(machines: Sequence[Asset]) -> str:
    return _title(machines[0]) if len(machines) == 1 else f"{len(machines):,} machines"


def _where(asset: Asset) -> str:
    return f"{_title(asset)} ({asset.key}), {clean(asset.site, 80)}, {clean(asset.line, 80)}"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _page(asset: Asset) -> str:
    return f"/assets/{quote(asset.key, safe='')}"


@dataclass(frozen=True, slots=True)
class Kind:
    means: str
    source: str
    """Its name in the outbox."""
    tell: Tell


TYPES: Mapping[NotificationType, Kind] = {
    NotificationType.ALARM_RAISED: Kind("An alarm was raised.", "monitoring.alarms_raised", _alarms),
    NotificationType.CASE_OPENED: Kind("A case was opened, or opened again.", "monitoring.cases_opened", _cases),
    NotificationType.RUN_ENDED: Kind("A retraining finished, or was stopped by its gates.", "training.run_ended", _run),
    NotificationType.CHALLENGER_SET: Kind(
        "A new model passed its gates and waits for promotion.", "registry.challenger_set", _challengers
    ),
}
SOURCES = {kind.source: type_ for type_, kind in TYPES.items()}
