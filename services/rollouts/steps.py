"""Taking a rollout on, from wherever its rows say it stands to where it waits: for a run, for a person, or no more.

Whoever calls has the rollout's row locked and commits. All is read from rows and written in one transaction, so a step
that was cut off is made again, and one that was made is not made twice. How many statements a step takes does not
depend on the number of assets.
"""

from collections.abc import Awaitable
from contextlib import suppress
from uuid import UUID

from services.kernel.clock import utc_now
from services.kernel.errors import DomainError, Unavailable
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias
from services.rollouts import model
from services.rollouts.contracts import RolloutAssetState, RolloutState
from services.rollouts.repository import Rollouts
from services.rollouts.tables import RolloutRow
from services.serving import api as serving
from services.training import api as training
from services.training.contracts import ENDED, Run, RunState, StartRun
from services.training.errors import RunEnded

_OPEN = (RolloutAssetState.WAITING, RolloutAssetState.TRAINING, RolloutAssetState.PASSED)
_OVERTAKEN = "A newer version took its place before it was promoted."
_FIRST = "It keeps this version, which is its first champion: there is none before to go back to."
_CHANGED = "It was left alone: its champion is another version by now."


async def advance(uow: UnitOfWork, rollout: RolloutRow) -> None:
    """Takes in the run that ended, promotes what passed and starts the next cohort's run, as far as it may go. What
    the domain refuses pauses the rollout with that sentence."""
    principal = system_principal(uow.tenant)
    if rollout.run_id is not None:
        run = await training.get_run(uow, principal, rollout.run_id)
        if run.state not in ENDED:
            return
        await _take_in(uow, principal, rollout, run)
    if rollout.state == RolloutState.RUNNING.value and await _done(uow, rollout, _promote(uow, principal, rollout)):
        await _next_cohort(uow, principal, rollout)
    await save(uow, rollout)


async def save(uow: UnitOfWork, rollout: RolloutRow) -> None:
    """Writes the rollout, and announces `rollouts.changed` if there is anything to write."""
    uow.session.add(rollout)
    if uow.session.is_modified(rollout):
        uow.announce("rollouts.changed", rollout_id=str(rollout.id), state=rollout.state, cohort=rollout.cohort)
    await uow.session.flush()


async def start_cohort(uow: UnitOfWork, principal: Principal, rollout: RolloutRow, asset_ids: tuple[UUID, ...]) -> None:
    """Starts the run of the present cohort's waiting assets. Raises what `training.start_run` does."""
    store = Rollouts(uow)
    command = StartRun(
        blueprint=rollout.blueprint,
        asset_ids=asset_ids,
        start=rollout.start,
        end=rollout.end,
        parameters=rollout.parameters,
        overrides=await store.overrides_in(rollout),
        seed=rollout.seed,
    )
    run = await training.start_run(uow, principal, command)
    await store.begin(rollout, run.id)
    rollout.run_id = run.id
    rollout.message = f"Training cohort {rollout.cohort} of {rollout.cohort_count}: {model.assets(len(asset_ids))}."


async def leave_rest(uow: UnitOfWork, principal: Principal, rollout: RolloutRow) -> None:
    """Ends what is under way; assets that have no new champion yet keep the one they have."""
    if rollout.run_id is not None:
        with suppress(RunEnded):  # it ended just now, which is what is wanted
            await training.cancel_run(uow, principal, rollout.run_id)
        rollout.run_id = None
    await Rollouts(uow).move(rollout.id, _OPEN, RolloutAssetState.LEFT)


async def take_back(uow: UnitOfWork, principal: Principal, rollout: RolloutRow) -> str:
    """Brings back the champion before wherever the rollout's version is in place, and says what became of it."""
    store = Rollouts(uow)
    undone = await serving.undo_many(uow, principal, await store.promoted(rollout.id))
    await store.note(rollout.id, RolloutAssetState.ROLLED_BACK, dict.fromkeys(undone.undone))
    kept = dict.fromkeys(undone.changed_since, _CHANGED) | dict.fromkeys(undone.first_champions, _FIRST)
    await store.note(rollout.id, RolloutAssetState.PROMOTED, kept)
    return model.rolled_back(principal.name, len(undone.undone), len(undone.changed_since), len(undone.first_champions))


def pause(rollout: RolloutRow, message: str) -> None:
    rollout.state, rollout.message = RolloutState.PAUSED.value, message


async def _take_in(uow: UnitOfWork, principal: Principal, rollout: RolloutRow, run: Run) -> None:
    """The cohort's run is over: each of its assets passed or is quarantined. A run that judged nothing is no fault of
    the assets, so they wait for another one."""
    store, cohort = Rollouts(uow), f"cohort {rollout.cohort} of {rollout.cohort_count}"
    rollout.run_id = None
    if run.state in (RunState.FAILED, RunState.CANCELLED):
        await store.move(rollout.id, (RolloutAssetState.TRAINING,), RolloutAssetState.WAITING)
        verb = "failed" if run.state is RunState.FAILED else "was cancelled"
        pause(rollout, f"The run of {cohort} {verb}: {run.message} Resume to train it again.")
        return
    failed = await training.stopped_of(uow, principal, run.id)
    await store.note(rollout.id, RolloutAssetState.QUARANTINED, failed)
    passed = await store.move(rollout.id, (RolloutAssetState.TRAINING,), RolloutAssetState.PASSED)
    if sentence := model.stopped_by_rule(cohort, passed + len(failed), len(failed), rollout.most_failing):
        pause(rollout, sentence)


async def _promote(uow: UnitOfWork, principal: Principal, rollout: RolloutRow) -> None:
    """What passed in the present cohort becomes champion where it is the challenger still. A version that somebody
    promoted already counts as promoted; one that a newer version displaced is left."""
    store = Rollouts(uow)
    runs = await store.passed(rollout)
    waiting = await registry.aliased_of_runs(uow, principal, runs, Alias.CHALLENGER)
    there = await registry.aliased_of_runs(uow, principal, runs, Alias.CHAMPION)
    await serving.promote_many(uow, principal, waiting)
    promoted = there | waiting
    await store.note(rollout.id, RolloutAssetState.PROMOTED, dict.fromkeys(promoted), promoted)
    overtaken = [asset_id for asset_id in runs if asset_id not in promoted]
    await store.note(rollout.id, RolloutAssetState.LEFT, dict.fromkeys(overtaken, _OVERTAKEN))


async def _next_cohort(uow: UnitOfWork, principal: Principal, rollout: RolloutRow) -> None:
    store = Rollouts(uow)
    waiting = await store.waiting(rollout)
    if not waiting and rollout.cohort == rollout.cohort_count:
        rollout.state, rollout.ended_at = RolloutState.DONE.value, utc_now()
        rollout.message = f"Done: {await _told(store, rollout)}."
        return
    if not waiting:
        rollout.cohort += 1
        if rollout.by_hand:
            before = f"Cohort {rollout.cohort - 1} of {rollout.cohort_count} is done: {await _told(store, rollout)}."
            pause(rollout, f"{before} Resume to go on with the next.")
            return
        waiting = await store.waiting(rollout)
    await _done(uow, rollout, start_cohort(uow, principal, rollout, waiting))


async def _told(store: Rollouts, rollout: RolloutRow) -> str:
    """How many assets are in each state that is an end."""
    return model.told([(state, count) for _, _, state, count in await store.counts([rollout.id])])


async def _done(uow: UnitOfWork, rollout: RolloutRow, work: Awaitable[None]) -> bool:
    """Does all of the work, or none of it where the domain refuses: then the rollout is paused with its sentence."""
    try:
        async with uow.session.begin_nested():
            await work
    except Unavailable:
        raise
    except DomainError as error:
        pause(rollout, f"Cohort {rollout.cohort} of {rollout.cohort_count} has to wait: {error.message} Then resume.")
        return False
    return True
