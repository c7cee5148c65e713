"""The only door to retraining."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import AssetQuery
from services.blueprints import api as blueprints
from services.kernel.clock import utc_now
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.retraining import model
from services.retraining.contracts import NewPlan, Occasion, OccasionState, Plan, Promotion, Trigger, When
from services.retraining.errors import PlanExists, PlanNotFound
from services.retraining.repository import Plans
from services.retraining.tables import OccasionRow, PlanRow
from services.training.contracts import StartFrom


async def create_plan(uow: UnitOfWork, principal: Principal, new: NewPlan) -> Plan:
    """From now on its assets are trained whenever it comes up; what happened before counts for nothing.

    Raises `PlanInvalid`, `PlanExists`, `BlueprintNotFound`, `LabelQueryInvalid`, `AssetNotFound`.
    """
    principal.require(Permission.EDIT_BLUEPRINTS)
    await _check(uow, principal, new, None)
    now = utc_now()
    row = PlanRow(tenant_id=uow.tenant, **_columns(new), since=now, created_by=principal.name, created_at=now)
    row.next_due = model.first_due(new.when, now)
    uow.session.add(row)
    await uow.session.flush()
    return _plan(row)


async def change_plan(uow: UnitOfWork, principal: Principal, plan_id: UUID, new: NewPlan) -> Plan:
    """Says the whole plan anew; it begins afresh, also for assets for which it waited for a person. Its occasions stay.

    Raises `PlanNotFound`, and what `create_plan` does.
    """
    principal.require(Permission.EDIT_BLUEPRINTS)
    row = await _locked(uow, plan_id)
    await _check(uow, principal, new, plan_id)
    for name, value in _columns(new).items():
        setattr(row, name, value)
    return await _begin(uow, row)


async def pause_plan(uow: UnitOfWork, principal: Principal, plan_id: UUID) -> Plan:
    """Nothing is started any more; runs that go on are followed to their end. Harmless when it is paused. Raises
    `PlanNotFound`."""
    principal.require(Permission.TRAIN)
    row = await _locked(uow, plan_id)
    row.paused, row.next_due = True, None
    await uow.session.flush()
    return _plan(row)


async def resume_plan(uow: UnitOfWork, principal: Principal, plan_id: UUID) -> Plan:
    """It goes on from now, also for assets for which it waited for a person: what came up during a pause is left out.
    Raises `PlanNotFound`."""
    principal.require(Permission.TRAIN)
    row = await _locked(uow, plan_id)
    row.paused = False
    return await _begin(uow, row)


async def remove_plan(uow: UnitOfWork, principal: Principal, plan_id: UUID) -> Plan:
    """Removes it with its occasions, and answers what it was; runs go on, and nothing of them is promoted. Raises
    `PlanNotFound`."""
    principal.require(Permission.EDIT_BLUEPRINTS)
    row = await _locked(uow, plan_id)
    answer = _plan(row)
    await Plans(uow).remove(plan_id)
    return answer


async def get_plans(uow: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> list[Plan]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.VIEW)
    return [_plan(row) for row in await Plans(uow).plans(ids)]


async def list_plans(uow: UnitOfWork, principal: Principal, first: int = 50, after: UUID | None = None) -> list[Plan]:
    """A page of plans, newest first; `after` is the id of the last one seen."""
    principal.require(Permission.VIEW)
    return [_plan(row) for row in await Plans(uow).plans_page(first, after)]


async def list_occasions(
    uow: UnitOfWork,
    principal: Principal,
    plan_id: UUID,
    first: int = 50,
    after: UUID | None = None,
    state: OccasionState | None = None,
) -> list[Occasion]:
    """A page of a plan's occasions, newest first; `after` is the id of the last one seen. Empty for a plan that is not
    there."""
    principal.require(Permission.VIEW)
    return [_occasion(row) for row in await Plans(uow).occasions_page(plan_id, first, after, state)]


async def newest_occasions(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> dict[UUID, Occasion]:
    """The newest occasion of each asset, of whatever plan; assets without one are left out."""
    principal.require(Permission.VIEW)
    found = await Plans(uow).newest(None, asset_ids)
    return {asset_id: _occasion(row) for asset_id, row in found.items()}


async def _locked(uow: UnitOfWork, plan_id: UUID) -> PlanRow:
    row = await Plans(uow).locked(plan_id)
    if row is None:
        raise PlanNotFound("There is no such retraining plan.", field="planId", id=str(plan_id))
    return row


async def _begin(uow: UnitOfWork, row: PlanRow) -> Plan:
    """Lets the plan begin afresh, unless it is paused."""
    row.since = utc_now()
    row.next_due = None if row.paused else model.first_due(when_of(row), row.since)
    await uow.session.flush()
    return _plan(row)


async def _check(uow: UnitOfWork, principal: Principal, new: NewPlan, plan_id: UUID | None) -> None:
    if new.asset_id is not None:
        await assets.get_assets(uow, principal, [new.asset_id])
    model.check(new)
    contract = None
    if new.blueprint is not None:
        contract = (await blueprints.get_blueprint(uow, new.blueprint)).blueprint.contract
    if new.labels is not None:
        await assets.count_assets(uow, principal, AssetQuery(labels=new.labels, contract=contract))
    there = await Plans(uow).named(new.name.strip())
    if there is not None and there.id != plan_id:
        raise PlanExists("Another retraining plan has this name. Choose another one.", field="name", plan=str(there.id))


def _columns(new: NewPlan) -> dict[str, Any]:
    when = new.when
    return {
        "name": new.name.strip(),
        "labels": None if new.labels is None else new.labels.strip(),
        "asset_id": new.asset_id,
        "blueprint": new.blueprint,
        "lookback_days": new.lookback_days,
        "trigger": when.trigger.value,
        "every_days": when.every_days,
        "hour": when.hour,
        "zone": when.zone,
        "delay_hours": when.delay_hours,
        "alarms": when.alarms,
        "within_days": when.within_days,
        "looks": when.looks,
        "promotion": new.promotion.value,
        "start_from": new.start_from.value,
    }


def when_of(row: PlanRow) -> When:
    return When(
        Trigger(row.trigger),
        row.every_days,
        row.hour,
        row.zone,
        row.delay_hours,
        row.alarms,
        row.within_days,
        row.looks,
    )


def _plan(row: PlanRow) -> Plan:
    return Plan(
        id=row.id,
        name=row.name,
        when=when_of(row),
        lookback_days=row.lookback_days,
        labels=row.labels,
        asset_id=row.asset_id,
        blueprint=row.blueprint,
        promotion=Promotion(row.promotion),
        start_from=StartFrom(row.start_from),
        paused=row.paused,
        next_due=row.next_due,
        since=row.since,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def _occasion(row: OccasionRow) -> Occasion:
    return Occasion(
        id=row.id,
        plan_id=row.plan_id,
        asset_id=row.asset_id,
        moment=row.moment,
        noticed_at=row.noticed_at,
        start=row.start,
        end=row.end,
        state=OccasionState(row.state),
        message=row.message,
        run_id=row.run_id,
        ended_at=row.ended_at,
    )
