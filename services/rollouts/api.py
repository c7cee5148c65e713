"""The only door to rollouts."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.assets import api as assets
from services.assets.contracts import AssetQuery
from services.blueprints import api as blueprints
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Principal
from services.kernel.uow import UnitOfWork
from services.rollouts import model, steps
from services.rollouts.contracts import (
    Cohort,
    Rollout,
    RolloutAsset,
    RolloutAssetState,
    RolloutState,
    StartRollout,
)
from services.rollouts.errors import AssetsUnclear, NoAssetMatches, RolloutNotFound
from services.rollouts.repository import Rollouts
from services.rollouts.tables import RolloutRow
from services.training import api as training
from services.training.contracts import StartRun


async def start_rollout(uow: UnitOfWork, principal: Principal, command: StartRollout) -> Rollout:
    """Cuts the assets into cohorts; the range is judged for the first, and its run started, in the background.

    Raises `SharesInvalid`, `MostFailingInvalid`, `AssetsUnclear`, `NoAssetMatches`, `LabelQueryInvalid`, and for all
    assets what `training.start_run` raises: nothing is found out in the last cohort that could be known before the
    first, but for how well the range suits each cohort.
    """
    _may_change(principal)
    model.check_rules(command.shares, command.most_failing)
    asset_ids = await _chosen(uow, principal, command)
    whole = StartRun(
        command.blueprint, asset_ids, command.start, command.end, command.parameters, command.overrides, command.seed
    )
    await training.check_run(uow, principal, whole)
    rollout_id = new_id()
    ordered, ends = model.in_order(rollout_id, asset_ids), model.cohort_ends(len(asset_ids), command.shares)
    rollout = RolloutRow(
        tenant_id=uow.tenant,
        id=rollout_id,
        blueprint=command.blueprint,
        start=command.start,
        end=command.end,
        parameters=dict(command.parameters),
        seed=command.seed,
        shares=list(command.shares),
        most_failing=command.most_failing,
        by_hand=command.by_hand,
        asset_count=len(asset_ids),
        cohort_count=len(ends),
        state=RolloutState.RUNNING.value,
        message="",
        created_by=principal.name,
        created_at=utc_now(),
    )
    await Rollouts(uow).add(rollout, ordered, ends, command.overrides)
    await training.check_free(uow, principal, ordered[: ends[0]])
    rollout.message = model.judging(1, len(ends), ends[0])
    uow.enqueue("rollouts.advance", rollout_id=str(rollout.id))
    return await _saved(uow, rollout)


async def pause_rollout(uow: UnitOfWork, principal: Principal, rollout_id: UUID) -> Rollout:
    """The run under way goes on; nothing is promoted and no other started. Harmless when it is paused already.

    Raises `RolloutNotFound`, `RolloutEnded`.
    """
    _may_change(principal)
    rollout = await _get(uow, rollout_id, lock=True)
    if model.changes(RolloutState(rollout.state), RolloutState.PAUSED):
        steps.pause(rollout, f"Paused by {principal.name}.")
    return await _saved(uow, rollout)


async def resume_rollout(uow: UnitOfWork, principal: Principal, rollout_id: UUID) -> Rollout:
    """It goes on from where it stands, whatever made it pause: what passed is promoted. Harmless when it is running.

    Raises `RolloutNotFound`, `RolloutEnded`.
    """
    _may_change(principal)
    rollout = await _get(uow, rollout_id, lock=True)
    if model.changes(RolloutState(rollout.state), RolloutState.RUNNING):
        rollout.state, rollout.message = RolloutState.RUNNING.value, f"Resumed by {principal.name}."
    uow.enqueue("rollouts.advance", rollout_id=str(rollout.id))
    return await _saved(uow, rollout)


async def cancel_rollout(uow: UnitOfWork, principal: Principal, rollout_id: UUID) -> Rollout:
    """Stops it and the run under way; what was promoted stays. Harmless when it was cancelled already.

    Raises `RolloutNotFound`, `RolloutEnded`.
    """
    _may_change(principal)
    rollout = await _get(uow, rollout_id, lock=True)
    if model.changes(RolloutState(rollout.state), RolloutState.CANCELLED):
        await steps.leave_rest(uow, principal, rollout)
        _end(rollout, RolloutState.CANCELLED, f"Cancelled by {principal.name}.")
    return await _saved(uow, rollout)


async def roll_back_rollout(uow: UnitOfWork, principal: Principal, rollout_id: UUID) -> Rollout:
    """Stops it, and brings back the champion before on every asset that it promoted, in one generation. Assets whose
    champion changed since, and those that had none before, are left alone and say so. Harmless when repeated.

    Raises `RolloutNotFound`.
    """
    _may_change(principal)
    rollout = await _get(uow, rollout_id, lock=True)
    if model.changes(RolloutState(rollout.state), RolloutState.ROLLED_BACK):
        await steps.leave_rest(uow, principal, rollout)
        _end(rollout, RolloutState.ROLLED_BACK, await steps.take_back(uow, principal, rollout))
    return await _saved(uow, rollout)


async def get_rollout(uow: UnitOfWork, principal: Principal, rollout_id: UUID) -> Rollout:
    """Raises `RolloutNotFound`."""
    principal.require(Permission.VIEW)
    return _contract(await _get(uow, rollout_id))


async def list_rollouts(
    uow: UnitOfWork,
    principal: Principal,
    first: int = 50,
    after: UUID | None = None,
    states: Collection[RolloutState] | None = None,
) -> list[Rollout]:
    """A page of rollouts, newest first; `after` is the id of the last one seen. `states` None: in any."""
    principal.require(Permission.VIEW)
    return [_contract(row) for row in await Rollouts(uow).page(first, after, states)]


async def cohorts_of(uow: UnitOfWork, principal: Principal, rollout_ids: Sequence[UUID]) -> dict[UUID, list[Cohort]]:
    """The cohorts of each rollout in their order, in one statement; rollouts that are not there are left out."""
    principal.require(Permission.VIEW)
    counts: dict[UUID, dict[int, dict[RolloutAssetState, int]]] = {}
    for rollout_id, cohort, state, count in await Rollouts(uow).counts(rollout_ids):
        counts.setdefault(rollout_id, {}).setdefault(cohort, {})[state] = count
    return {id_: [Cohort(number, each) for number, each in cohorts.items()] for id_, cohorts in counts.items()}


async def list_rollout_assets(
    uow: UnitOfWork,
    principal: Principal,
    rollout_id: UUID,
    first: int = 50,
    after: int | None = None,
    state: RolloutAssetState | None = None,
) -> list[RolloutAsset]:
    """A page of a rollout's assets in their order; `after` is the position of the last one seen. Empty for a rollout
    that is not there."""
    principal.require(Permission.VIEW)
    return [
        RolloutAsset(
            row.rollout_id,
            row.asset_id,
            row.position,
            row.cohort,
            RolloutAssetState(row.state),
            row.reason,
            row.run_id,
            row.version_id,
            row.parameters or {},
        )
        for row in await Rollouts(uow).assets_page(rollout_id, first, after, state)
    ]


async def _chosen(uow: UnitOfWork, principal: Principal, command: StartRollout) -> tuple[UUID, ...]:
    """The assets that are meant, without repetition; one more than a run takes where too many match."""
    if command.labels is None:
        return tuple(dict.fromkeys(command.asset_ids))
    if command.asset_ids:
        raise AssetsUnclear("Give the assets or a label query that they match, not both.", field="labels")
    reads = (await blueprints.get_blueprint(uow, command.blueprint)).blueprint.contract
    query = AssetQuery(labels=command.labels, contract=reads, first=training.MOST_ASSETS + 1)
    if found := await assets.list_assets(uow, principal, query):
        return tuple(asset.id for asset in found)
    kept = f" and keeps to the contract “{reads}”" if reads else ""
    raise NoAssetMatches(f"No asset matches the label query{kept}. Change it.", field="labels", contract=reads)


def _may_change(principal: Principal) -> None:
    """A rollout trains and promotes, so whoever changes one needs both rights."""
    principal.require(Permission.PROMOTE)
    principal.require(Permission.TRAIN)


def _end(rollout: RolloutRow, state: RolloutState, message: str) -> None:
    rollout.state, rollout.message, rollout.ended_at = state.value, message, utc_now()


async def _get(uow: UnitOfWork, rollout_id: UUID, *, lock: bool = False) -> RolloutRow:
    rollout = await Rollouts(uow).get(rollout_id, lock=lock)
    if rollout is None:
        raise RolloutNotFound("There is no such rollout.", id=str(rollout_id))
    return rollout


async def _saved(uow: UnitOfWork, rollout: RolloutRow) -> Rollout:
    await steps.save(uow, rollout)
    return _contract(rollout)


def _contract(row: RolloutRow) -> Rollout:
    return Rollout(
        id=row.id,
        blueprint=row.blueprint,
        asset_count=row.asset_count,
        start=row.start,
        end=row.end,
        parameters=row.parameters,
        seed=row.seed,
        shares=tuple(row.shares),
        most_failing=row.most_failing,
        by_hand=row.by_hand,
        state=RolloutState(row.state),
        message=row.message,
        cohort=row.cohort,
        cohort_count=row.cohort_count,
        run_id=row.run_id,
        created_by=row.created_by,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
