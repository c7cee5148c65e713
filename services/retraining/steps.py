"""Acting on occasions: judging their ranges, starting runs, taking in the runs that ended.

A range is judged outside any transaction; then the occasions that still wait are locked, the run started and both
written in one. So a worker that was killed in between started nothing, and its occasions are taken up again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.enclaves.platform import Platform
from services.events import api as events
from services.events.contracts import Recovery
from services.kernel.errors import DomainError, Unavailable
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias, ModelVersion
from services.retraining import model
from services.retraining.contracts import OccasionState, Promotion, Trigger
from services.retraining.model import Ended
from services.retraining.repository import Change, Plans
from services.serving import api as serving
from services.suitability import api as suitability
from services.suitability.contracts import Factor, Fitness, Range, Suitability
from services.training import api as training
from services.training.contracts import Run, RunState, StartFrom, StartRun
from services.training.errors import AssetInTraining

_BUSY = "It is in a run already; the plan waits for its end."
_NO_BLUEPRINT = "Nothing to do: it has no champion whose blueprint could be taken, and the plan names none."
_FRESH = "Nothing to do: a model trained on rows of this regime answers, waits for you, or is being trained."
_BY_HAND = "Its version passed every gate and waits for you: compare and promote it."
_WATCHED = "Its version passed every gate and is watched beside the champion; the plan promotes it once it agrees."
_NO_SHADOW = "Its version passed every gate; there is no champion to watch it beside: promote it by hand."
_IN_SHADOW = "Nothing to do: the version that the plan made last is still watched beside the champion."
_CHOSEN = (
    "Its version passed every gate, but somebody chose another champion meanwhile: promote it by hand, or leave it."
)
_REPLACED = "Its version passed every gate, and was promoted by hand or a newer one took its place."
_PROMOTED = "Its version passed every gate and answers now."


@dataclass(frozen=True, slots=True)
class Group:
    """Occasions that one run can serve, by asset."""

    blueprint: str
    asked: Range
    occasions: Mapping[UUID, UUID]
    lookback_days: int
    now: datetime
    start_from: StartFrom = StartFrom.NOTHING
    anew: Mapping[UUID, str] = field(default_factory=dict[UUID, str])
    """Why the champion of an asset is not gone on from, though the plan wishes so."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of judging a group."""

    taken: Range
    judged: Suitability | None
    """Of the assets that are trained; None where there are none."""
    unfit: Mapping[UUID, str]
    """Why no run takes an asset."""
    note: str = ""


async def sort(uow: UnitOfWork, principal: Principal, now: datetime) -> list[Group]:
    """What waits, in groups of one plan, contract, blueprint and range; tells those that need no run why. A fixed
    number of statements, and one for each contract version that a champion was trained on and that is not the newest.
    """
    store = Plans(uow)
    changes = [Change.of(row) for row in await store.waiting()]
    if not changes:
        return []
    plans = {row.id: row for row in await store.plans({one.plan_id for one in changes})}
    ids = list({one.asset_id for one in changes})
    known = {asset.id: asset for asset in await assets.known_assets(uow, principal, ids)}
    contracts = {one.id: one for one in await assets.list_contracts(uow, principal)}
    champions = await registry.aliased(uow, principal, ids, Alias.CHAMPION)
    busy = await training.active_runs(uow, principal, ids)
    regimes = await events.present_regimes(uow, principal, ids)
    old = await _former(uow, principal, champions, contracts)
    watched, why_not = await store.watching(plans, ids), await training.updates(uow)
    groups: dict[tuple[UUID, UUID, str, datetime, datetime, StartFrom], dict[UUID, UUID]] = {}
    anew: dict[UUID, str] = {}
    written: list[Change] = []
    for one in changes:
        plan, asset, champion = plans[one.plan_id], known.get(one.asset_id), champions.get(one.asset_id)
        blueprint = plan.blueprint or (champion.lineage.blueprint if champion else None)
        one.champion_id = champion.id if champion else None
        regime = regimes.get(one.asset_id)
        if asset is None or blueprint is None:
            one.close(OccasionState.NOT_STARTED, _NO_BLUEPRINT, now)
        elif champion and champion.id in old:
            newest = contracts[asset.contract_id].contract
            one.close(OccasionState.WILL_NOT_HELP, model.contract_verdict(old[champion.id].contract, newest), now)
        elif plan.trigger == Trigger.REGIME_CHANGE.value and regime and regime.recovery is not Recovery.NEEDS_MODEL:
            one.close(OccasionState.NOT_STARTED, _FRESH, now)
        elif plan.trigger != Trigger.REGIME_CHANGE.value and (one.plan_id, one.asset_id) in watched:
            one.close(OccasionState.NOT_STARTED, _IN_SHADOW, now)
        elif one.asset_id in busy:
            if one.message == _BUSY:
                continue
            one.message = _BUSY
        else:
            start_from = StartFrom(plan.start_from)
            if start_from is StartFrom.CHAMPION:
                obstacle = why_not(champion, blueprint, contracts[asset.contract_id])
                if obstacle is not None:
                    start_from, anew[one.id] = StartFrom.NOTHING, obstacle
            key = (one.plan_id, asset.contract_id, blueprint, one.start, one.end, start_from)
            groups.setdefault(key, {}).setdefault(one.asset_id, one.id)
            continue
        written.append(one)
    if written:
        await store.write(written)
    reasons = {one.asset_id: anew[one.id] for one in changes if one.id in anew}
    return [
        Group(key[2], Range(key[3], key[4]), occasions, plans[key[0]].lookback_days, key[4], key[5], reasons)
        for key, occasions in groups.items()
    ]


async def judge(platform: Platform, principal: Principal, group: Group) -> Verdict:
    """Whether the range suits. Of a single asset the nearest better range within the lookback is taken where there is
    one; of several those that do not fit are left out. Raises as `suitability.assess` does."""
    judged = await suitability.assess(platform, principal, group.occasions, [group.asked])
    unfit = {one.asset_id: _worst(one.factors) for one in judged.assets if one.verdict is Fitness.DOES_NOT_FIT}
    if not unfit:
        return Verdict(group.asked, judged, {})
    better = judged.better
    if (
        len(group.occasions) == 1
        and better is not None
        and judged.better_verdict is not Fitness.DOES_NOT_FIT
        and model.inside(better.start, better.end, group.now, group.lookback_days)
    ):
        again = await suitability.assess(platform, principal, group.occasions, [better])
        if again.verdict is not Fitness.DOES_NOT_FIT:
            note = f"The range that was due does not suit: {_worst(judged.factors)} The nearest better one is taken. "
            return Verdict(better, again, {}, note)
    apart = suitability.who_fits(judged, group.occasions)
    return Verdict(group.asked, apart.judged, apart.unfit)


async def start(uow: UnitOfWork, principal: Principal, group: Group, verdict: Verdict, now: datetime) -> None:
    """One run for those of the group that wait still, and the reason for the others. A tenant's one transaction."""
    store = Plans(uow)
    changes = [Change.of(row) for row in await store.waiting(list(group.occasions.values()))]
    champions = await registry.aliased(uow, principal, [one.asset_id for one in changes], Alias.CHAMPION)
    for one in changes:
        champion = champions.get(one.asset_id)
        one.champion_id = champion.id if champion else None
        if one.asset_id in verdict.unfit:
            reason = f"No run was started, because the range does not suit: {verdict.unfit[one.asset_id]}"
            one.close(OccasionState.NOT_STARTED, reason, now)
    going = [one for one in changes if one.asset_id not in verdict.unfit]
    if going:
        await _run(uow, principal, group, verdict, going, now)
    if changes:
        await store.write(changes)


async def refuse(uow: UnitOfWork, group: Group, reason: str, now: datetime) -> None:
    """Tells all of the group why no run was started."""
    store = Plans(uow)
    changes = [Change.of(row) for row in await store.waiting(list(group.occasions.values()))]
    for one in changes:
        one.close(OccasionState.NOT_STARTED, f"No run was started: {reason}", now)
    if changes:
        await store.write(changes)


async def take_in(uow: UnitOfWork, principal: Principal, run: Run, now: datetime) -> None:
    """A run ended. What passed is promoted where the plan says so, unless a person chose another champion meanwhile."""
    store = Plans(uow)
    changes = [Change.of(row) for row in await store.of_run(run.id)]
    if not changes:
        return
    [plan] = await store.plans([changes[0].plan_id])
    ids = [one.asset_id for one in changes]
    ended_well = run.state in (RunState.SUCCEEDED, RunState.STOPPED)
    reasons = await training.stopped_of(uow, principal, run.id) if ended_well else dict.fromkeys(ids, run.message)
    passed = await registry.aliased_of_run(uow, principal, run.id, Alias.CHALLENGER) if ended_well else {}
    champions = await registry.aliased(uow, principal, ids, Alias.CHAMPION)
    gates = await training.gates_of_assets(uow, principal, [(run.id, id_) for id_ in ids if id_ in reasons])
    before = {
        id_: Ended(id_, row.end, row.held_out_failed)
        for id_, row in (await store.newest(plan.id, ids, of_runs=True)).items()
        if row.ended_at is not None and row.ended_at >= plan.since
    }
    automatic, in_shadow = (plan.promotion == mode.value for mode in (Promotion.AUTOMATIC, Promotion.AFTER_SHADOW))
    promoted = {
        one.asset_id: passed[one.asset_id]
        for one in changes
        if automatic and one.asset_id in passed and _same(champions.get(one.asset_id), one)
    }
    if promoted:
        await serving.promote_many(uow, principal, promoted)
    for one in changes:
        if one.asset_id in promoted:
            one.close(OccasionState.PROMOTED, _PROMOTED, now)
        elif one.asset_id in passed and in_shadow and one.champion_id is None:
            one.close(OccasionState.PASSED, _NO_SHADOW, now)
        elif one.asset_id in passed and in_shadow and _same(champions.get(one.asset_id), one):
            one.state, one.message = OccasionState.SHADOWED, _WATCHED
            one.version_id, one.looked_at = passed[one.asset_id], now
        elif one.asset_id in passed:
            one.close(OccasionState.PASSED, _BY_HAND if plan.promotion == Promotion.BY_HAND.value else _CHOSEN, now)
        elif one.asset_id not in reasons:
            one.close(OccasionState.PASSED, _REPLACED, now)
        elif not ended_well:
            one.close(OccasionState.FAILED, f"Its run ended without a model: {reasons[one.asset_id]}", now)
        else:
            found = gates.get((run.id, one.asset_id), [])
            one.held_out_failed = any(gate.key == "held_out" and not gate.passed for gate in found)
            in_vain = model.twice_in_vain(before.get(one.asset_id), Ended(one.asset_id, one.end, one.held_out_failed))
            state = OccasionState.WILL_NOT_HELP if in_vain else OccasionState.STOPPED
            one.close(state, model.IN_VAIN if in_vain else f"Stopped by its gates: {reasons[one.asset_id]}", now)
    await store.write(changes)


async def _run(
    uow: UnitOfWork, principal: Principal, group: Group, verdict: Verdict, going: Sequence[Change], now: datetime
) -> None:
    taken = verdict.taken
    ids = tuple(one.asset_id for one in going)
    command = StartRun(group.blueprint, ids, taken.start, taken.end, start_from=group.start_from)
    try:
        async with uow.session.begin_nested():
            run = await training.start_run(uow, principal, command, verdict.judged)
    except Unavailable:
        raise
    except AssetInTraining:
        return  # they wait on; at the next look those that are busy are told so, and the others go
    except DomainError as error:
        for one in going:
            one.close(OccasionState.NOT_STARTED, f"No run was started: {error.message}", now)
        return
    for one in going:
        one.state, one.run_id, one.start, one.end = OccasionState.RUNNING, run.id, taken.start, taken.end
        one.message = verdict.note + model.in_training(group.start_from, group.anew.get(one.asset_id))


async def _former(
    uow: UnitOfWork,
    principal: Principal,
    champions: Mapping[UUID, ModelVersion],
    contracts: Mapping[UUID, ContractVersion],
) -> dict[UUID, ContractVersion]:
    """The contract that each champion was trained on, by champion, where it is not the newest of its line."""
    made = {id_: (one.lineage.contract_id, one.lineage.contract_version) for id_, one in champions.items()}
    newest = {id_: contract.version for id_, contract in contracts.items()}
    wanted = {key for key in made.values() if newest.get(key[0]) != key[1]}
    found = {key: await assets.get_contract(uow, principal, *key) for key in sorted(wanted)}
    return {champions[id_].id: found[key] for id_, key in made.items() if key in found}


def _worst(factors: Sequence[Factor]) -> str:
    """The sentence of the worst factor; they come the worst first."""
    return factors[0].sentence if factors else "It has too few rows."


def _same(champion: ModelVersion | None, one: Change) -> bool:
    return (champion.id if champion else None) == one.champion_id
