"""Which news webhooks can tell: the one table of it. A new type is a new row, and an entry in the reference.

Each row has the names the news has in the outbox and what is told of it: ids as GraphQL gives them, and facts that are
true for ever or were at that moment. Whoever needs more asks for it by the id, and gets what is true by then.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.assets import api as assets
from services.drift import api as drift
from services.drift.contracts import DriftState
from services.events import api as events
from services.kernel.ids import global_id
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.monitoring import api as monitoring
from services.rollouts import api as rollouts
from services.training import api as training

MOST_ASSETS = 100
"""News about more assets than these is told in parts."""
Told = list[dict[str, Any]]
Tell = Callable[[UnitOfWork, Principal, Mapping[str, Any]], Awaitable[Told]]


@dataclass(frozen=True, slots=True)
class NewsType:
    name: str
    means: str
    data: tuple[str, ...]
    """Fields of what is told."""
    sources: tuple[str, ...]
    """Its names in the outbox."""
    tell: Tell
    """What the payload in the outbox comes to: the `data` of each message, none if it is not of this type."""


async def _alarms(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    found = await monitoring.get_alarms(uow, principal, [UUID(text) for text in payload["alarm_ids"]])
    keys = await _keys(uow, principal, {alarm.asset_id for alarm in found})
    return [
        {
            "alarmId": global_id("Alarm", alarm.id),
            "assetId": global_id("Asset", alarm.asset_id),
            "assetKey": keys[alarm.asset_id],
            "caseId": global_id("Case", alarm.case_id),
            "state": str(payload["state"]).upper(),
            "rule": alarm.rule,
            "raisedAt": alarm.raised_at.isoformat(),
        }
        for alarm in found
    ]


def _alarms_that(*states: str) -> Tell:
    async def tell(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
        return await _alarms(uow, principal, payload) if payload["state"] in states else []

    return tell


async def _cases(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    found = await monitoring.get_cases(uow, principal, [UUID(text) for text in payload["case_ids"]])
    keys = await _keys(uow, principal, {case.asset_id for case in found})
    return [
        {
            "caseId": global_id("Case", case.id),
            "assetId": global_id("Asset", case.asset_id),
            "assetKey": keys[case.asset_id],
            "title": case.title,
            "openedAt": case.opened_at.isoformat(),
        }
        for case in found
    ]


async def _run(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    run = await training.get_run(uow, principal, UUID(payload["run_id"]))
    facts = {"blueprint": run.blueprint, "assetCount": run.asset_count}
    return [{"runId": global_id("Run", run.id), "state": str(payload["state"]).upper(), **facts}]


async def _rollout(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    rollout = await rollouts.get_rollout(uow, principal, UUID(payload["rollout_id"]))
    facts = {"cohort": payload["cohort"], "cohortCount": rollout.cohort_count, "blueprint": rollout.blueprint}
    return [{"rolloutId": global_id("Rollout", rollout.id), "state": str(payload["state"]).upper(), **facts}]


async def _event(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    found = await events.get_events(uow, principal, [UUID(text) for text in payload["event_ids"]])
    keys = await _keys(uow, principal, {event.asset_id for event in found})
    return [
        {
            "eventId": global_id("Event", event.id),
            "assetId": global_id("Asset", event.asset_id),
            "assetKey": keys[event.asset_id],
            "kind": event.kind.value.upper(),
        }
        for event in sorted(found, key=lambda event: event.id)
    ]


async def _recovery(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    found = await events.present_regimes(uow, principal, [UUID(text) for text in payload["asset_ids"]])
    keys = await _keys(uow, principal, set(found))
    return [
        {
            "assetId": global_id("Asset", asset_id),
            "assetKey": keys[asset_id],
            "eventId": global_id("Event", regime.opened_by),
            "recovery": regime.recovery.value.upper(),
        }
        for asset_id, regime in sorted(found.items())
        if regime.opened_by is not None and regime.recovery is not None
    ]


async def _drift(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    found = await drift.drift_of(uow, principal, [UUID(text) for text in payload["asset_ids"]])
    keys = await _keys(uow, principal, set(found))
    return [
        {
            "assetId": global_id("Asset", asset_id),
            "assetKey": keys[asset_id],
            "versionId": global_id("ModelVersion", one.version_id),
            "signals": [each.signal for each in one.signals if each.state is DriftState.DRIFT],
            "scoreDrifts": one.score_drifts,
        }
        for asset_id, one in sorted(found.items())
    ]


async def _contract(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    contract = await assets.get_contract(uow, principal, UUID(payload["contract_id"]))
    facts = {"key": contract.contract.key, "version": payload["version"]}
    return [{"contractId": global_id("Contract", contract.id), **facts}]


async def _several_assets(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    del uow, principal
    ids = [global_id("Asset", UUID(text)) for text in payload["asset_ids"]]
    return [{"assetIds": part} for part in _parts(ids)]


async def _several_versions(uow: UnitOfWork, principal: Principal, payload: Mapping[str, Any]) -> Told:
    del uow, principal
    pairs = zip(payload["asset_ids"], payload["version_ids"], strict=True)
    told = [
        {"assetId": global_id("Asset", UUID(asset)), "versionId": global_id("ModelVersion", UUID(version))}
        for asset, version in pairs
    ]
    return [{"versions": part} for part in _parts(told)]


async def _keys(uow: UnitOfWork, principal: Principal, asset_ids: set[UUID]) -> dict[UUID, str]:
    return {asset.id: asset.key for asset in await assets.get_assets(uow, principal, asset_ids)}


def _parts(told: list[Any]) -> Iterable[list[Any]]:
    return (told[start : start + MOST_ASSETS] for start in range(0, len(told), MOST_ASSETS))


_ALARM = ("alarmId", "assetId", "assetKey", "caseId", "state", "rule", "raisedAt")
_CASE = ("caseId", "assetId", "assetKey", "title", "openedAt")
_DRIFT = ("assetId", "assetKey", "versionId", "signals", "scoreDrifts")
_EVENT = ("eventId", "assetId", "assetKey", "kind")
_OPEN_STATES = ("active", "acknowledged", "shelved")
_CHANGED = "monitoring.alarm_changed"

TYPES: Mapping[str, NewsType] = {
    row.name: row
    for row in (
        NewsType(
            "alarm.raised",
            "An alarm was raised.",
            _ALARM,
            ("monitoring.alarms_raised",),
            _alarms_that("active"),
        ),
        NewsType(
            "alarm.changed",
            "An alarm was acknowledged, shelved or brought back.",
            _ALARM,
            (_CHANGED,),
            _alarms_that(*_OPEN_STATES),
        ),
        NewsType(
            "alarm.cleared",
            "An alarm cleared, by itself or by a new regime.",
            _ALARM,
            ("monitoring.alarms_cleared", _CHANGED),
            _alarms_that("cleared"),
        ),
        NewsType("case.opened", "A case was opened, or opened again.", _CASE, ("monitoring.cases_opened",), _cases),
        NewsType(
            "case.closed", "A case was closed, by a person or by itself.", _CASE, ("monitoring.cases_closed",), _cases
        ),
        NewsType(
            "drift.found",
            "Signals or scores of a machine drift from what its champion was trained on.",
            _DRIFT,
            ("drift.found",),
            _drift,
        ),
        NewsType("drift.cleared", "Nothing of a machine drifts any more.", _DRIFT, ("drift.cleared",), _drift),
        NewsType(
            "run.ended",
            "A run ended, in whichever way.",
            ("runId", "state", "blueprint", "assetCount"),
            ("training.run_ended",),
            _run,
        ),
        NewsType(
            "challenger.set",
            "Trained versions passed their gates and are challengers.",
            ("versions",),
            ("registry.challenger_set",),
            _several_versions,
        ),
        NewsType(
            "version.promoted",
            "Versions became the champions of assets.",
            ("versions",),
            ("serving.promoted",),
            _several_versions,
        ),
        NewsType(
            "promotion.undone",
            "Promotions were taken back; the versions are those that answer again.",
            ("versions",),
            ("serving.promotion_undone",),
            _several_versions,
        ),
        NewsType(
            "rollout.changed",
            "A rollout was started, went on to another cohort, paused, resumed or ended.",
            ("rolloutId", "state", "cohort", "cohortCount", "blueprint"),
            ("rollouts.changed",),
            _rollout,
        ),
        NewsType("asset.created", "Assets were added.", ("assetIds",), ("assets.created",), _several_assets),
        NewsType(
            "asset.labelled",
            "Labels of assets were given or taken.",
            ("assetIds",),
            ("assets.labels_changed",),
            _several_assets,
        ),
        NewsType(
            "contract.changed",
            "A contract was agreed on, or has a new version.",
            ("contractId", "key", "version"),
            ("assets.contract_changed",),
            _contract,
        ),
        NewsType("event.recorded", "An event was recorded.", _EVENT, ("events.recorded",), _event),
        NewsType("event.corrected", "An event says something else now.", _EVENT, ("events.corrected",), _event),
        NewsType("event.retracted", "An event was retracted.", _EVENT, ("events.retracted",), _event),
        NewsType(
            "regime.recovery",
            "A machine whose normal changed is further on its way to a model that fits, or further back.",
            ("assetId", "assetKey", "eventId", "recovery"),
            ("events.recovery_changed",),
            _recovery,
        ),
    )
}
PING = "webhook.ping"
"""Told by `ping_endpoint` to one endpoint, whichever types it wants. Its data is empty."""
SOURCES = sorted({source for row in TYPES.values() for source in row.sources})


async def messages(
    uow: UnitOfWork, source: str, payload: Mapping[str, Any], wanted: set[str]
) -> list[tuple[str, Told]]:
    """(type, the `data` of its messages) of each wanted type that news of the outbox is told as."""
    principal = system_principal(uow.tenant)
    rows = [row for row in TYPES.values() if source in row.sources and row.name in wanted]
    return [(row.name, await row.tell(uow, principal, payload)) for row in rows]
