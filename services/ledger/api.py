"""The only door to the ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from services.assets import api as assets
from services.events import api as events
from services.events.contracts import Trained
from services.kernel.clock import utc_now
from services.kernel.ids import made_at
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.ledger import model
from services.ledger.contracts import (
    Loop,
    LoopStage,
    LoopState,
    LoopSummary,
    Month,
    Spell,
    Spread,
    StageSummary,
    Stated,
    StepBack,
)
from services.ledger.errors import MonthsInvalid
from services.ledger.repository import Closed, Ledger
from services.monitoring import api as monitoring
from services.monitoring.contracts import Matter
from services.training import api as training
from services.training.contracts import Attempt, RunState

Told = TypeVar("Told", Matter, Attempt, Loop)
MOST_MONTHS = 36
STATED = (("six months", timedelta(days=182)), ("four weeks", timedelta(days=28)))
SOURCE = "Stated by those who asked for the ledger; not measured here."
_BACK = {RunState.FAILED: StepBack.FAILED, RunState.CANCELLED: StepBack.CANCELLED}


async def list_loops(
    uow: UnitOfWork,
    principal: Principal,
    asset_id: UUID | None = None,
    open: bool | None = None,
    first: int = 50,
    after: tuple[datetime, UUID] | None = None,
) -> list[Loop]:
    """A page of loops, the newest change first, after (changed_at, id); `open` asks for open or for ended ones only."""
    principal.require(Permission.VIEW)
    return await Ledger(uow).page(asset_id, open, first, after)


async def note_hands_on(uow: UnitOfWork, principal: Principal, spells: Sequence[Spell]) -> int:
    """Counts work that people did; answers how many seconds that was.

    Seconds of several people add up. Two statements, however many
    spells. Raises `HandsOnInvalid`, and `AssetNotFound` when one of the assets is not there.
    """
    principal.require(Permission.VIEW)
    model.check_spells(spells, utc_now())
    await assets.get_assets(uow, principal, {spell.asset_id for spell in spells})
    await Ledger(uow).add_hands_on(spells)
    return sum(spell.seconds for spell in spells)


async def loops_of_cases(uow: UnitOfWork, principal: Principal, case_ids: Sequence[UUID]) -> dict[UUID, Loop]:
    """The loop that each case is of; cases of none are left out. A fixed number of statements."""
    principal.require(Permission.VIEW)
    cases = await monitoring.get_cases(uow, principal, case_ids)
    loops = _by_asset(await Ledger(uow).of_assets({case.asset_id for case in cases}))
    found = {
        case.id: model.loop_of(case.id, case.retrain_for, case.opened_at, loops.get(case.asset_id, []))
        for case in cases
    }
    return {id_: loop for id_, loop in found.items() if loop is not None}


async def summary(
    uow: UnitOfWork, principal: Principal, months: int = 12, asset_id: UUID | None = None, blueprint: str | None = None
) -> LoopSummary:
    """The loops of the tenant, of an asset or of a fleet that closed in the last months (of 30 days each).

    At most six statements, however many loops. Raises `MonthsInvalid`.
    """
    principal.require(Permission.VIEW)
    if not 1 <= months <= MOST_MONTHS:
        raise MonthsInvalid(f"Ask for 1 to {MOST_MONTHS} months.", field="months")
    now, store = utc_now(), Ledger(uow)
    since = now - timedelta(days=30 * months)
    whole, *by_month = await store.closed(since, asset_id, blueprint, [time.total_seconds() for _, time in STATED])
    waiting = dict.fromkeys(LoopStage, 0)
    abandoned = 0
    for state, stage, number in await store.others(since, asset_id, blueprint):
        if state is LoopState.OPEN and stage is not None:
            waiting[stage] += number
        else:
            abandoned += number
    counted, worked = await store.hands_on(since, asset_id, blueprint)
    judged, healthy = await _healthy(uow, principal, since, now - model.PROBATION, asset_id, blueprint)
    time = sum(spent or 0 for spent in whole.sums)
    shares = [spent / time if spent is not None and time else None for spent in whole.sums]
    longest = max(zip(shares, LoopStage, strict=True), key=lambda each: each[0] or 0)
    return LoopSummary(
        since=since,
        closed=whole.loops,
        open=sum(waiting.values()),
        abandoned=abandoned,
        steps_back=whole.steps_back,
        total=_spread(whole.total),
        hands_on=_spread(worked),
        counted=counted,
        stages=tuple(
            StageSummary(stage, _spread(spread), share, waiting[stage])
            for stage, spread, share in zip(LoopStage, whole.spreads, shares, strict=True)
        ),
        bottleneck=longest[1] if longest[0] else None,
        months=tuple(_month(each) for each in by_month),
        stated=tuple(
            Stated(name, time.total_seconds(), SOURCE, within / whole.loops if whole.loops else None)
            for (name, time), within in zip(STATED, whole.within, strict=True)
        ),
        judged=judged,
        healthy=healthy,
        success_rate=healthy / judged if judged else None,
    )


def dwells(loop: Loop) -> dict[LoopStage, float]:
    """Seconds that the loop spent in each stage, over all its stays that have ended."""
    return {stage: model.dwell(loop, stage) for stage in LoopStage}


async def note_news(
    uow: UnitOfWork,
    principal: Principal,
    sequence: int,
    at: datetime,
    kind: model.FactKind,
    asset_ids: Sequence[UUID],
    version_ids: Sequence[UUID],
) -> None:
    """Keeps what news of serving told of versions of assets, for the platform, and derives their loops anew. The same
    news counts once."""
    principal.require_platform()
    await Ledger(uow).note(sequence, at, kind, asset_ids, version_ids)
    await follow(uow, principal, asset_ids)


async def follow(uow: UnitOfWork, principal: Principal, asset_ids: Iterable[UUID]) -> None:
    """Derives the loops of these assets anew, for the platform. Idempotent; a fixed number of statements."""
    principal.require_platform()
    ids = sorted(set(asset_ids))
    if not ids:
        return
    store = Ledger(uow)
    await store.lock()
    changes = await _changes(uow, principal, ids)
    matters = _by_asset(await monitoring.matters_of(uow, principal, ids))
    attempts = _by_asset(await training.attempts_of(uow, principal, ids))
    facts = await store.facts(ids)
    loops = [
        loop
        for id_ in ids
        for loop in model.loops_of(
            id_,
            changes.get(id_, []),
            [_matter(each) for each in matters.get(id_, [])],
            [_attempt(each, changes.get(id_, [])) for each in attempts.get(id_, [])],
            facts.get(id_, []),
        )
    ]
    await store.keep(ids, loops)


async def _changes(uow: UnitOfWork, principal: Principal, ids: Sequence[UUID]) -> dict[UUID, list[model.Change]]:
    """Of each asset, oldest first."""
    regimes = await events.regimes(uow, principal, ids)
    begun = {one.opened_by: one for told in regimes.values() for one in told if one.opened_by and one.start}
    told = {event.id: event.recorded_at for event in await events.get_events(uow, principal, set(begun))}
    found: dict[UUID, list[model.Change]] = {}
    for id_, regime in begun.items():
        if id_ in told and regime.start is not None:
            found.setdefault(regime.asset_id, []).append(model.Change(id_, regime.start, told[id_]))
    return found


def _by_asset(rows: Iterable[Told]) -> dict[UUID, list[Told]]:
    found: dict[UUID, list[Told]] = {}
    for row in rows:
        found.setdefault(row.asset_id, []).append(row)
    return found


def _matter(case: Matter) -> model.Matter:
    noticed = None if case.alarm_id is None else made_at(case.alarm_id)
    return model.Matter(case.id, case.opened_at, case.closed_at, case.raised_at, noticed)


def _attempt(run: Attempt, changes: Sequence[model.Change]) -> model.Attempt:
    trained = Trained(run.start, run.end)
    regime = next((change.id for change in reversed(changes) if events.fits(change.at, trained)), None)
    back = _BACK.get(run.state, StepBack.STOPPED)
    return model.Attempt(run.run_id, run.created_at, run.ended_at, run.blueprint, regime, run.version_id, back)


async def _healthy(
    uow: UnitOfWork,
    principal: Principal,
    since: datetime,
    until: datetime,
    asset_id: UUID | None,
    blueprint: str | None,
) -> tuple[int, int]:
    """How many loops can be judged, and how many of them were successes."""
    store = Ledger(uow)
    live = await store.live(since, until, asset_id, blueprint)
    if not live:
        return 0, 0
    ids = sorted({asset for asset, _ in live})
    facts = await store.facts(ids)
    matters = _by_asset(await monitoring.matters_of(uow, principal, ids))
    good = sum(
        model.healthy(at, facts.get(asset, []), [_matter(each) for each in matters.get(asset, [])])
        for asset, at in live
    )
    return len(live), good


def _spread(found: tuple[float, float] | None) -> Spread:
    return Spread(None, None) if found is None else Spread(*found)


def _month(closed: Closed) -> Month:
    assert closed.month is not None
    medians = tuple(None if spread is None else spread[0] for spread in closed.spreads)
    return Month(closed.month, closed.loops, _spread(closed.total), medians)
