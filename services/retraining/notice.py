"""Noticing that a plan came up: each occasion becomes a row, once, however often and by whomever it is looked for.

Whoever calls commits. Statements grow with plans, never with assets.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import AssetQuery
from services.blueprints import api as blueprints
from services.blueprints.errors import BlueprintNotFound
from services.drift import api as drift
from services.events import api as events
from services.kernel.arrays import id_set
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.monitoring import api as monitoring
from services.registry import api as registry
from services.registry.contracts import Alias
from services.retraining import model
from services.retraining.api import when_of
from services.retraining.contracts import OccasionState, Trigger
from services.retraining.repository import Noticed, Plans
from services.retraining.tables import PlanRow
from services.training import api as training

_TO_BE_JUDGED = "Its range is judged next."


async def notice(uow: UnitOfWork, principal: Principal, now: datetime) -> None:
    """Writes down what came up for each plan that nobody else is at."""
    store = Plans(uow)
    for plan in await store.due(now):
        when = when_of(plan)
        if when.trigger is Trigger.REGIME_CHANGE:
            found = await _regimes(uow, principal, plan, now)
        elif when.trigger is Trigger.ALARM_FLOOD:
            found = await _floods(uow, principal, plan, now)
        elif when.trigger is Trigger.DRIFT:
            found = await _drifts(uow, principal, plan, now)
        else:
            found = await _interval(uow, principal, plan, now)
            plan.next_due = model.next_due(when, plan.next_due or now, now)
        if found:
            await store.add(plan.id, found, _TO_BE_JUDGED, now)
    await uow.session.flush()


async def _interval(uow: UnitOfWork, principal: Principal, plan: PlanRow, now: datetime) -> list[Noticed]:
    due = plan.next_due or now
    wanted = await _matching(uow, principal, plan, None)
    wanted -= await _held(uow, principal, plan, wanted)
    return [_noticed(plan, asset_id, f"interval:{due.isoformat()}", None, due, now) for asset_id in sorted(wanted)]


async def _regimes(uow: UnitOfWork, principal: Principal, plan: PlanRow, now: datetime) -> list[Noticed]:
    until = now - timedelta(hours=plan.delay_hours or 0)
    begun = await events.regimes_begun(uow, principal, plan.since, until, Plans(uow).subjects(plan.id))
    wanted = await _matching(uow, principal, plan, [one.asset_id for one in begun])
    return [
        _noticed(plan, one.asset_id, f"regime:{one.opened_by}", one.opened_by, one.start, now)
        for one in begun
        if one.asset_id in wanted and one.start is not None
    ]


async def _floods(uow: UnitOfWork, principal: Principal, plan: PlanRow, now: datetime) -> list[Noticed]:
    """An alarm counts for one occasion only."""
    since = max(plan.since, now - timedelta(days=plan.within_days or 0))
    told = await Plans(uow).told(plan.id, since)
    found = await monitoring.floods(uow, principal, plan.alarms or 1, since, told)
    wanted = await _matching(uow, principal, plan, [one.asset_id for one in found])
    wanted -= await _held(uow, principal, plan, wanted)
    return [
        _noticed(plan, one.asset_id, f"alarm:{one.newest}", one.newest, one.raised_at, now)
        for one in found
        if one.asset_id in wanted
    ]


async def _drifts(uow: UnitOfWork, principal: Principal, plan: PlanRow, now: datetime) -> list[Noticed]:
    """A drift is one occasion for each champion, however long it is held: what did not help once is not tried again
    for the same reason. One that was held before the plan began counts from the first look after."""
    found = await drift.held_drifts(uow, principal, plan.looks or 1, plan.since)
    wanted = await _matching(uow, principal, plan, [one.asset_id for one in found])
    wanted -= await _held(uow, principal, plan, wanted)
    return [
        _noticed(plan, one.asset_id, f"drift:{one.version_id}:{one.since.isoformat()}", None, one.since, now)
        for one in found
        if one.asset_id in wanted
    ]


async def _matching(uow: UnitOfWork, principal: Principal, plan: PlanRow, ids: Collection[UUID] | None) -> set[UUID]:
    """The plan's assets, of `ids` or of all; as many as one run takes."""
    if plan.asset_id is not None:
        ids = [plan.asset_id] if ids is None or plan.asset_id in ids else []
    if ids is not None and not ids:
        return set()
    query = AssetQuery(
        labels=plan.labels,
        contract=await _contract(uow, plan),
        among=None if ids is None else id_set(ids),
        first=training.MOST_ASSETS,
    )
    return {asset.id for asset in await assets.list_assets(uow, principal, query)}


async def _contract(uow: UnitOfWork, plan: PlanRow) -> str | None:
    """Key of the one that its blueprint reads. Of a blueprint that is not installed any more none: what matches is
    told so when a run is to be started."""
    if plan.blueprint is None:
        return None
    try:
        return (await blueprints.get_blueprint(uow, plan.blueprint)).blueprint.contract
    except BlueprintNotFound:
        return None


async def _held(uow: UnitOfWork, principal: Principal, plan: PlanRow, ids: Collection[UUID]) -> set[UUID]:
    """Assets for which the plan waits for a person: retraining would not help, and neither was the plan said anew nor
    another champion chosen since."""
    newest = await Plans(uow).newest(plan.id, ids)
    found = {
        id_: row
        for id_, row in newest.items()
        if row.state == OccasionState.WILL_NOT_HELP.value and row.ended_at is not None and row.ended_at >= plan.since
    }
    champions = await registry.aliased(uow, principal, list(found), Alias.CHAMPION) if found else {}
    return {id_ for id_, row in found.items() if (champions[id_].id if id_ in champions else None) == row.champion_id}


def _noticed(
    plan: PlanRow, asset_id: UUID, cause: str, subject_id: UUID | None, moment: datetime, now: datetime
) -> Noticed:
    start, end = model.range_of(when_of(plan), plan.lookback_days, moment, now)
    return Noticed(asset_id, cause, subject_id, moment, start, end)
