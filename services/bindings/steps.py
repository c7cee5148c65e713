"""Taking bindings on: matching assets with rules, acting on the rows that came, taking in the runs that ended.

Whoever calls commits. Each step reads rows, writes rows and starts runs in one transaction, so a step that was cut off
is made again, and one that was made is not made twice. How many statements a step takes does not depend on the number
of assets, only on that of rules and contracts.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import AssetQuery
from services.bindings import model
from services.bindings.contracts import BindingState
from services.bindings.model import Standing, Step
from services.bindings.repository import Bindings, Change
from services.bindings.tables import RuleRow
from services.blueprints import api as blueprints
from services.blueprints.errors import BlueprintNotFound
from services.enclaves.platform import Platform
from services.kernel.arrays import id_set
from services.kernel.errors import DomainError, Unavailable
from services.kernel.idset import IdSet
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.readings.contracts import Counted
from services.registry import api as registry
from services.registry.contracts import Alias, ModelVersion
from services.serving import api as serving
from services.suitability import api as suitability
from services.suitability.contracts import Fitting, Range, Suitability
from services.training import api as training
from services.training.contracts import Run, RunState, StartRun

_MOST_MATCHING = 1_000_000
_LENDERS = 8
"""Models tried on each borrower: more find hardly a better one, and cost as much again."""
_RETRY, _REFUSED = timedelta(seconds=30), timedelta(minutes=5)
Group = tuple[UUID, UUID]
"""A rule and a contract: what one run can serve."""
_CHOSEN = "Its champion was there before; the rule leaves it to people."
_BUSY = "It is in a run that somebody started; the rule waits for its end."
_BY_HAND = "A person chose another champion meanwhile; the rule leaves it to people."


async def match(uow: UnitOfWork, principal: Principal, now: datetime, asset_ids: Collection[UUID] | None) -> None:
    """Binds assets that match a rule and are bound by none, and lets those go whose rule matches them no more; of
    `asset_ids`, or of all. An asset that has a champion of its own is bound too, and its champion left alone."""
    store = Bindings(uow)
    among = None if asset_ids is None else id_set(asset_ids)
    bound = {} if asset_ids is None else {row.asset_id: row for row in await store.of_assets(asset_ids)}
    for rule in await store.rules():
        matching = await _matching(uow, principal, rule, among)
        if matching is None:
            continue
        mine = [row for row in bound.values() if row.rule_id == rule.id and row.run_id is None]
        await store.release([row.id for row in mine if row.asset_id not in set(matching)])
        served = await registry.with_own_champion(uow, principal, matching)
        await store.add(rule.id, [id_ for id_ in matching if id_ in served], _CHOSEN, None, None)
        fresh = [id_ for id_ in matching if id_ not in served]
        await store.add(rule.id, fresh, "Its rows are being counted.", model.OWN_ROWS, now)


async def ripe(
    uow: UnitOfWork, principal: Principal, contracts: Mapping[UUID, UUID], counted: Mapping[UUID, Counted]
) -> dict[Group, list[UUID]]:
    """Those of `contracts` (asset → contract) with rows enough to be trained on, if their range suits."""
    found: dict[Group, list[UUID]] = {}
    for row in await Bindings(uow).of_assets(contracts):
        if row.train_at is not None and row.asset_id in counted and counted[row.asset_id].rows >= row.train_at:
            found.setdefault((row.rule_id, contracts[row.asset_id]), []).append(row.asset_id)
    busy = await training.active_runs(uow, principal, [asset_id for group in found.values() for asset_id in group])
    return {key: free for key, group in found.items() if (free := [id_ for id_ in group if id_ not in busy])}


async def judge(platform: Platform, principal: Principal, asset_ids: Sequence[UUID], now: datetime) -> Fitting:
    """Which of them may be trained on the rows that count. Raises `Unavailable` where that cannot be told now."""
    try:
        judged = await suitability.assess(platform, principal, asset_ids, [Range(now - model.WINDOW, now)])
    except Unavailable:
        raise
    except DomainError as error:
        return Fitting(None, dict.fromkeys(asset_ids, error.message))
    return suitability.who_fits(judged, asset_ids)


async def act(
    uow: UnitOfWork,
    principal: Principal,
    contracts: Mapping[UUID, UUID],
    counted: Mapping[UUID, Counted],
    now: datetime,
    fitting: Mapping[Group, Fitting],
) -> None:
    """Borrows or trains for the assets of `contracts` (asset → contract) whose rows suffice; the others wait. None is
    trained before its group was judged: groups that are not in `fitting` are left for the next look."""
    store = Bindings(uow)
    rules = {rule.id: rule for rule in await store.rules()}
    groups: dict[Group, list[Change]] = {}
    for row in await store.locked(contracts, now):
        groups.setdefault((row.rule_id, contracts[row.asset_id]), []).append(Change.of(row))
    busy = await training.active_runs(uow, principal, [one.asset_id for group in groups.values() for one in group])
    for (rule_id, contract_id), group in groups.items():
        rule = rules[rule_id]
        lenders = await _lenders(uow, principal, rule, contract_id, group)
        steps: dict[Step, list[Change]] = {step: [] for step in Step}
        for one in group:
            steps[_looked_at(one, counted.get(one.asset_id), bool(lenders), one.asset_id in busy, now)].append(one)
        await _start(uow, principal, rule, steps[Step.BORROW], BindingState.BORROWING, lenders, now)
        verdict = fitting.get((rule_id, contract_id))
        if verdict is not None:
            going = _that_fit(steps[Step.TRAIN], verdict, counted, now)
            await _start(uow, principal, rule, going, BindingState.TRAINING, (), now, verdict.judged)
    await store.write([one for group in groups.values() for one in group])


async def take_in(uow: UnitOfWork, principal: Principal, run: Run, now: datetime) -> None:
    """A run ended. What passed is promoted, unless a person chose another champion; what did not waits for rows."""
    store = Bindings(uow)
    changes = [Change.of(row) for row in await store.waiting_for(run.id)]
    if not changes:
        return
    ids = [one.asset_id for one in changes]
    ended_well = run.state in (RunState.SUCCEEDED, RunState.STOPPED)
    reasons = await training.stopped_of(uow, principal, run.id) if ended_well else dict.fromkeys(ids, run.message)
    passed = await registry.aliased_of_run(uow, principal, run.id, Alias.CHALLENGER) if ended_well else {}
    champions = await registry.aliased(uow, principal, ids, Alias.CHAMPION)
    ours = {one.asset_id for one in changes if _may_replace(champions.get(one.asset_id), one)}
    promoted = {id_: passed[id_] for id_ in ids if id_ in passed and id_ in ours}
    await serving.promote_many(uow, principal, promoted)
    lenders = await _lender_titles(uow, principal, list(promoted.values()) if run.borrows else [])
    for one in changes:
        one.run_id, one.look_at = None, now
        if one.asset_id in promoted:
            _promoted(one, promoted[one.asset_id], lenders.get(one.asset_id))
        elif one.asset_id in passed or one.asset_id not in ours:
            one.state, one.message, one.train_at, one.look_at = BindingState.OWN, _BY_HAND, None, None
        else:
            reason = reasons.get(one.asset_id, "A newer version took its place.")
            _stopped(one, reason, champions.get(one.asset_id), borrows=run.borrows)
    await store.write(changes)


async def _matching(uow: UnitOfWork, principal: Principal, rule: RuleRow, among: IdSet | None) -> list[UUID] | None:
    """None for a blueprint that is not installed any more: its bindings are left as they are."""
    try:
        contract = (await blueprints.get_blueprint(uow, rule.blueprint)).blueprint.contract
    except BlueprintNotFound:
        return None
    query = AssetQuery(labels=rule.labels, contract=contract, among=among, first=_MOST_MATCHING)
    return [asset.id for asset in await assets.list_assets(uow, principal, query)]


async def _lenders(
    uow: UnitOfWork, principal: Principal, rule: RuleRow, contract_id: UUID, group: Sequence[Change]
) -> tuple[UUID, ...]:
    """Versions that may be lent to these assets: champions of one pack, evenly chosen."""
    if not any(one.state is BindingState.WAITING and one.may_borrow for one in group):
        return ()
    try:
        version = (await blueprints.get_blueprint(uow, rule.blueprint)).blueprint.version
    except BlueprintNotFound:
        return ()
    found = await registry.champions_of_one_pack(uow, principal, rule.blueprint, version, contract_id)
    return tuple(found[place * len(found) // _LENDERS] for place in range(_LENDERS)) if len(found) > _LENDERS else found


def _looked_at(one: Change, count: Counted | None, lenders: bool, busy: bool, now: datetime) -> Step:
    """Writes what was counted into the binding and answers what is to be done."""
    one.rows, span_s = (count.rows, (count.last - count.first).total_seconds()) if count else (0, 0.0)
    standing = Standing(one.state, one.rows, one.train_at, one.may_borrow)
    step = model.next_step(standing, lenders)
    if busy and step is not Step.WAIT:
        one.message, one.look_at = _BUSY, now + _RETRY
        return Step.WAIT
    if step is Step.WAIT:
        if one.state is BindingState.WAITING and one.may_borrow:
            one.message = model.waits_for(standing, lenders)
        pause_s = model.next_look_s(standing, lenders, span_s)
        one.look_at = None if pause_s is None else now + timedelta(seconds=pause_s)
    return step


def _that_fit(
    group: Sequence[Change], verdict: Fitting, counted: Mapping[UUID, Counted], now: datetime
) -> list[Change]:
    """The others are told what they wait for, and when they are judged again."""
    for one in group:
        if one.asset_id in verdict.unfit:
            count = counted[one.asset_id]
            one.message = model.waits_for_better(verdict.unfit[one.asset_id])
            one.look_at = now + timedelta(seconds=model.judged_again_s((count.last - count.first).total_seconds()))
    return [one for one in group if one.asset_id not in verdict.unfit]


async def _start(
    uow: UnitOfWork,
    principal: Principal,
    rule: RuleRow,
    group: Sequence[Change],
    state: BindingState,
    lenders: tuple[UUID, ...],
    now: datetime,
    judged: Suitability | None = None,
) -> None:
    """One run for all of them; what the domain refuses is said at each, and tried again later."""
    if not group:
        return
    ids = tuple(one.asset_id for one in group)
    parameters = {} if lenders else rule.parameters
    command = StartRun(rule.blueprint, ids, now - model.WINDOW, now, parameters, lenders=lenders)
    try:
        async with uow.session.begin_nested():
            run = await training.start_run(uow, principal, command, judged)
    except Unavailable:
        raise
    except DomainError as error:
        for one in group:
            one.message, one.look_at = error.message, now + _REFUSED
        return
    for one in group:
        one.state, one.run_id, one.look_at = state, run.id, None
        one.message = "A model of the fleet is being adapted to it." if lenders else "It is being trained."


def _may_replace(champion: ModelVersion | None, one: Change) -> bool:
    """Whether the champion is none that a person chose."""
    return champion is None or champion.lineage.borrowed_from is not None or champion.id == one.version_id


async def _lender_titles(uow: UnitOfWork, principal: Principal, version_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The title of the asset whose model each asset borrows."""
    versions = await registry.get_versions(uow, principal, version_ids)
    lenders = {one.asset_id: one.lineage.borrowed_from for one in versions}
    known = await assets.known_assets(uow, principal, [id_ for id_ in lenders.values() if id_])
    titles = {asset.id: asset.title for asset in known}
    return {asset_id: titles.get(lender, "another asset") for asset_id, lender in lenders.items() if lender}


def _promoted(one: Change, version_id: UUID, lender: str | None) -> None:
    one.version_id = version_id
    if lender is not None:
        one.state = BindingState.BORROWED
        one.message = f"The model of {lender} answers, adapted to its first {one.rows} rows."
        return
    one.state, one.message = BindingState.OWN, f"Trained on {one.rows} rows of its own."
    one.train_at = model.next_training(one.rows)


def _stopped(one: Change, reason: str, champion: ModelVersion | None, *, borrows: bool) -> None:
    """It goes back to where it was, with the reason."""
    if borrows:
        one.state, one.may_borrow = BindingState.WAITING, False
        one.message = f"No model of the fleet could be lent: {reason}"
        return
    one.train_at = model.training_after_failure(one.rows)
    one.message = f"No model of its own yet: {reason} It is trained again at {one.train_at} rows."
    if champion is None:
        one.state = BindingState.WAITING
    else:
        one.state = BindingState.OWN if champion.lineage.borrowed_from is None else BindingState.BORROWED
