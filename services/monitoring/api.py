"""The only door to monitoring."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col

from services.assets import api as assets
from services.kernel.arrays import among
from services.kernel.changes import Change, changed
from services.kernel.clock import utc_now
from services.kernel.idset import IdSet
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.monitoring import budget, lines, model, regimes
from services.monitoring.contracts import (
    OPEN_CASES,
    Alarm,
    AlarmBudget,
    AlarmState,
    AssetHealth,
    BudgetLimits,
    Case,
    CaseState,
    Flood,
    Health,
    Line,
    Matter,
)
from services.monitoring.errors import AlarmNotFound, CaseHasAlarms, CaseIsClosed, CaseNotFound
from services.monitoring.repository import Alarms, Gathered, HealthSeen, cases_in
from services.monitoring.tables import AlarmRow, CaseRow


async def health_of(uow: UnitOfWork, principal: Principal, asset_ids: Iterable[UUID]) -> dict[UUID, AssetHealth]:
    """How each asset is now. A statement and one a contract, however many assets."""
    principal.require(Permission.VIEW)
    ids = list(asset_ids)
    seen = await Alarms(uow).health(ids, utc_now())
    contracts = {each.contract_id for each in seen if each.missing}
    signals = {id_: (await assets.get_contract(uow, principal, id_)).contract.keys for id_ in contracts}
    unknown = {asset_id: AssetHealth(asset_id, Health.NO_MODEL, None, None, None, None, ()) for asset_id in ids}
    return unknown | {each.asset_id: _health(each, signals) for each in seen}


async def health_counts(uow: UnitOfWork, principal: Principal) -> dict[Health, int]:
    """How many assets are in each state; states no asset is in count 0."""
    principal.require(Permission.VIEW)
    return dict.fromkeys(Health, 0) | await Alarms(uow).counts(utc_now())


async def assets_in(uow: UnitOfWork, principal: Principal, health: Health) -> IdSet:
    """Assets in that state now, to narrow a query of assets by."""
    principal.require(Permission.VIEW)
    return Alarms(uow).assets_in(health, utc_now())


async def list_alarms(
    uow: UnitOfWork,
    principal: Principal,
    asset_id: UUID | None = None,
    states: Iterable[AlarmState] | None = None,
    first: int = 50,
    after: UUID | None = None,
    case_id: UUID | None = None,
) -> list[Alarm]:
    """A page of alarms, newest first; `after` is the id of the last one seen. `case_id`: those that it gathered."""
    principal.require(Permission.VIEW)
    now = utc_now()
    return [_alarm(row, now) for row in await Alarms(uow).page(asset_id, states, now, first, after, case_id)]


async def changed_alarms(
    uow: UnitOfWork, principal: Principal, since: datetime, first: int = 50, after: tuple[datetime, UUID] | None = None
) -> list[Change]:
    """A page of alarms written since then, as `kernel.changes` has it."""
    principal.require(Permission.VIEW)
    return await changed(uow, AlarmRow, since, first, after)


async def floods(
    uow: UnitOfWork, principal: Principal, least: int, since: datetime, told: Mapping[UUID, datetime]
) -> list[Flood]:
    """Assets that raised at least so many alarms after `since`, and after what `told` has for the asset where that is
    later. One statement."""
    principal.require(Permission.VIEW)
    return await Alarms(uow).floods(least, since, told)


async def get_alarm(uow: UnitOfWork, principal: Principal, alarm_id: UUID) -> Alarm:
    """Raises `AlarmNotFound`."""
    principal.require(Permission.VIEW)
    return _alarm(await _get(uow, alarm_id), utc_now())


async def get_alarms(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Alarm]:
    """Those of `ids` that exist, in no order."""
    principal.require(Permission.VIEW)
    now = utc_now()
    return [_alarm(row, now) for row in await Alarms(uow).alarms(ids)]


async def shelved_alarms(uow: UnitOfWork, principal: Principal) -> IdSet:
    """Alarms that are shelved now, to leave out what is about them."""
    principal.require(Permission.VIEW)
    return Alarms(uow).shelved(utc_now())


async def acknowledge(uow: UnitOfWork, principal: Principal, alarm_id: UUID) -> Alarm:
    """A person has seen it; the first who says so is kept. Raises `AlarmNotFound`, `AlarmIsCleared`,
    `AlarmIsShelved`."""
    principal.require(Permission.HANDLE_ALARM)
    row, now = await _get(uow, alarm_id), utc_now()
    state = model.acknowledge(_state(row, now))
    if row.acknowledged_at is None:
        row.acknowledged_by, row.acknowledged_at = principal.name, now
    return _changed(uow, row, state, None, now)


async def shelve(uow: UnitOfWork, principal: Principal, alarm_id: UUID, until: datetime) -> Alarm:
    """Hides the alarm until then; it comes back by itself. Raises `AlarmNotFound`, `AlarmIsCleared`,
    `ShelvedTooLong`."""
    principal.require(Permission.HANDLE_ALARM)
    row, now = await _get(uow, alarm_id), utc_now()
    state = model.shelve(_state(row, now), until, now)
    row.muted_by = None  # from here on it is a person's matter
    return _changed(uow, row, state, until, now)


async def unshelve(uow: UnitOfWork, principal: Principal, alarm_id: UUID) -> Alarm:
    """Brings a shelved alarm back. Raises `AlarmNotFound`, `AlarmIsCleared`, `AlarmNotShelved`."""
    principal.require(Permission.HANDLE_ALARM)
    row, now = await _get(uow, alarm_id), utc_now()
    row.muted_by = None
    return _changed(uow, row, model.unshelve(_state(row, now), row.acknowledged_at is not None), None, now)


async def list_cases(
    uow: UnitOfWork,
    principal: Principal,
    states: Collection[CaseState] | None = OPEN_CASES,
    asset_id: UUID | None = None,
    first: int = 50,
    after: UUID | None = None,
) -> list[Case]:
    """A page of cases, newest first; `after` is the id of the last one seen. `states` None: in any state."""
    principal.require(Permission.VIEW)
    conditions = [] if states is None else [cases_in(states)]
    if asset_id is not None:
        conditions.append(col(CaseRow.asset_id) == asset_id)
    found = await Alarms(uow).cases(*conditions, first=first, after=after)
    return await _cases(uow, principal, found)


async def open_cases(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> dict[UUID, Case]:
    """The case of each asset that is not closed, by asset; assets without one are left out."""
    principal.require(Permission.VIEW)
    found = await Alarms(uow).cases(cases_in(OPEN_CASES), col(CaseRow.asset_id).in_(asset_ids))
    return {case.asset_id: case for case in await _cases(uow, principal, found)}


async def matters_of(uow: UnitOfWork, principal: Principal, asset_ids: Collection[UUID]) -> list[Matter]:
    """All cases of these assets, open and closed, with the first alarm of each; in no order. One statement."""
    principal.require(Permission.VIEW)
    return await Alarms(uow).matters(asset_ids)


async def get_case(uow: UnitOfWork, principal: Principal, case_id: UUID) -> Case:
    """Raises `CaseNotFound`."""
    principal.require(Permission.VIEW)
    found = await Alarms(uow).cases(col(CaseRow.id) == case_id)
    if not found:
        raise CaseNotFound("There is no such case.", field="caseId")
    return (await _cases(uow, principal, found))[0]


async def get_cases(uow: UnitOfWork, principal: Principal, ids: Collection[UUID]) -> list[Case]:
    """Those of `ids` that exist, newest first."""
    principal.require(Permission.VIEW)
    found = await Alarms(uow).cases(among(col(CaseRow.id), ids))
    return await _cases(uow, principal, found)


async def close_case(uow: UnitOfWork, principal: Principal, case_id: UUID) -> Case:
    """Ends the matter now instead of after a quiet time. An alarm within that time opens it again. Raises
    `CaseNotFound`, `CaseIsClosed` or `CaseHasAlarms`."""
    principal.require(Permission.HANDLE_ALARM)
    store = Alarms(uow)
    row = await store.case(case_id)
    if row is None:
        raise CaseNotFound("There is no such case.", field="caseId")
    if row.closed_at is not None:
        raise CaseIsClosed("The case is closed already.")
    if on := await store.open_alarms_of(case_id):
        raise CaseHasAlarms("An alarm of the case is still on. It has to clear first.", alarms=on)
    row.closed_at, row.closed_by, row.waits = utc_now(), principal.name, False
    uow.announce("monitoring.cases_closed", case_ids=[str(case_id)])
    await uow.session.flush()
    return (await _cases(uow, principal, await store.cases(col(CaseRow.id) == case_id)))[0]


async def follow_regimes(uow: UnitOfWork, principal: Principal, asset_ids: Sequence[UUID]) -> None:
    """Brings alarms, cases and recoveries of these assets to what their events, models and runs say, for the platform.

    A new regime clears an alarm that is on, mutes what a champion of before says about it for 3 days at most, and lets
    a case wait for a model, until the champion was trained on rows of the regime or the event is taken back.
    Idempotent; a fixed number of statements.
    """
    principal.require_platform()
    await regimes.follow(uow, principal, asset_ids)


async def alarm_budget(uow: UnitOfWork, principal: Principal, hours: int = 24) -> AlarmBudget:
    """How many alarms reached people in the last hours, the worst offenders, and the budget. Raises
    `AlarmBudgetInvalid`."""
    principal.require(Permission.VIEW)
    return await budget.budget(uow, hours, utc_now())


async def set_alarm_budget(uow: UnitOfWork, principal: Principal, limits: BudgetLimits) -> AlarmBudget:
    """What people can handle from now on; answers the figure of the last day. Raises `AlarmBudgetInvalid`."""
    principal.require(Permission.EDIT_PLANT)
    await budget.set_limits(uow, limits, principal.name, utc_now())
    return await budget.budget(uow, 24, utc_now())


async def list_lines(
    uow: UnitOfWork, principal: Principal, first: int = 50, after: lines.After | None = None
) -> list[Line]:
    """A page of lines, worst first; `after` is the `place` of the last one seen."""
    principal.require(Permission.VIEW)
    return await lines.page(uow, await assets.places(uow, principal), utc_now(), first, after)


async def _get(uow: UnitOfWork, alarm_id: UUID) -> AlarmRow:
    row = await Alarms(uow).alarm(alarm_id)
    if row is None:
        raise AlarmNotFound("There is no such alarm.", field="alarmId")
    return row


def _changed(uow: UnitOfWork, row: AlarmRow, state: AlarmState, shelved_until: datetime | None, now: datetime) -> Alarm:
    row.state, row.shelved_until = state.value, shelved_until
    ids = {"alarm_ids": [str(row.id)], "asset_ids": [str(row.asset_id)]}
    uow.announce("monitoring.alarm_changed", **ids, state=state.value)
    return _alarm(row, now)


def _state(row: AlarmRow, now: datetime) -> AlarmState:
    return model.effective(AlarmState(row.state), row.shelved_until, row.acknowledged_at is not None, now)


def _alarm(row: AlarmRow, now: datetime) -> Alarm:
    state = _state(row, now)
    return Alarm(
        id=row.id,
        asset_id=row.asset_id,
        case_id=row.case_id,
        rule=row.rule,
        state=state,
        raised_at=row.raised_at,
        cleared_at=row.cleared_at,
        cleared_because=row.cleared_because,
        shelved_until=row.shelved_until if state is AlarmState.SHELVED else None,
        peak=row.peak,
        top=tuple((str(signal), float(share)) for signal, share in row.top),
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        muted_by=row.muted_by,
        cleared_by=row.cleared_by_event,
    )


async def _cases(uow: UnitOfWork, principal: Principal, found: Sequence[tuple[CaseRow, Gathered]]) -> list[Case]:
    waiting = {row.asset_id for row, _ in found if row.waits and row.closed_at is None}
    steps = await regimes.next_steps(uow, principal, waiting)
    return [_case(row, gathered, steps.get(row.asset_id) if row.waits else None) for row, gathered in found]


def _case(row: CaseRow, gathered: Gathered, next_step: str | None) -> Case:
    state = model.case_state(row.closed_at, gathered.on, waits=row.waits)
    return Case(
        id=row.id,
        asset_id=row.asset_id,
        title=row.title,
        state=state,
        opened_at=row.opened_at,
        closes_at=model.closes_at(state, gathered.last_cleared_at),
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        alarms=gathered.alarms,
        closed_because=row.closed_because,
        retrain_for=row.retrain_for,
        next_step=next_step,
    )


def _health(seen: HealthSeen, signals: dict[UUID, tuple[str, ...]]) -> AssetHealth:
    names: Sequence[str] = signals.get(seen.contract_id, ())
    return AssetHealth(
        asset_id=seen.asset_id,
        health=Health(seen.health),
        last_row_at=seen.last_row_at,
        value=seen.value,
        coverage=seen.coverage,
        version=seen.version,
        missing=tuple(names[int(position)] for position in seen.missing.split(",") if position),
    )
