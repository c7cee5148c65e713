"""Taking a rollout on, from wherever its rows say it stands to where it waits: for a verdict on its range, for a run,
for a person, or no more.

Whoever calls has the rollout's row locked and commits. All is read from rows and written in one transaction, so a step
that was cut off is made again, and one that was made is not made twice. Only the range is judged outside of any: what
was judged and not used is judged again. How many statements a step takes does not depend on the number of assets.
"""

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from services.enclaves.platform import Platform
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
from services.suitability import api as suitability
from services.suitability.contracts import Fitting, Range
from services.training import api as training
from services.training.contracts import ENDED, Run, RunState, StartRun
from services.training.errors import RunEnded

_OPEN = (RolloutAssetState.WAITING, RolloutAssetState.TRAINING, RolloutAssetState.PASSED)
_OVERTAKEN = "A newer version took its place before it was promoted."
_FIRST = "It keeps this version, which is its first champion: there is none before to go back to."
_CHANGED = "It was left alone: its champion is another version by now."


@dataclass(frozen=True, slots=True)
class Asked:
    """A cohort whose range is to be judged next."""

    asset_ids: tuple[UUID, ...]
    range: Range


async def advance(uow: UnitOfWork, rollout: RolloutRow) -> Asked | None:
    """Takes in the run that ended, promotes what passed and goes to the next cohort, as far as it may go; answers what
    is to be judged before that one is trained. What the domain refuses pauses the rollout with that sentence."""
    principal = system_principal(uow.tenant)
    if rollout.run_id is not None:
        run = await training.get_run(uow, principal, rollout.run_id)
        if run.state not in ENDED:
            return None
        await _take_in(uow, principal, rollout, run)
    asked = None
    if rollout.state == RolloutState.RUNNING.value and await _done(uow, rollout, _promote(uow, principal, rollout)):
        asked = await _next_cohort(uow, rollout)
    await save(uow, rollout)
    return asked


async def judge(platform: Platform, principal: Principal, asked: Asked) -> Fitting:
    """Which of the cohort may be trained on the range. Raises as `suitability.assess` does."""
    judged = await suitability.assess(platform, principal, asked.asset_ids, [asked.range])
    return suitability.who_fits(judged, asked.asset_ids)


async def start(uow: UnitOfWork, rollout: RolloutRow, asked: Asked, fitting: Fitting) -> None:
    """Starts the run of those that the range suits, and quarantines the others; nothing where the rollout went on or
    was paused while it was judged."""
    store = Rollouts(uow)
    if not await _awaits(store, rollout, asked):
        return
    unfit = {asset_id: model.does_not_suit(sentence) for asset_id, sentence in fitting.unfit.items()}
    await store.note(rollout.id, RolloutAssetState.QUARANTINED, unfit)
    going = tuple(asset_id for asset_id in asked.asset_ids if asset_id not in unfit)
    if going:
        principal = system_principal(uow.tenant)
        await _done(uow, rollout, _start_run(uow, principal, rollout, going, fitting))
    else:
        await _hold_against_rule(store, rollout)
        if rollout.state == RolloutState.RUNNING.value:
            uow.enqueue("rollouts.advance", rollout_id=str(rollout.id))
    await save(uow, rollout)


async def refuse(uow: UnitOfWork, rollout: RolloutRow, asked: Asked, reason: str) -> None:
    """Pauses it where the range cannot be judged."""
    if await _awaits(Rollouts(uow), rollout, asked):
        _wait(rollout, reason)
        await save(uow, rollout)


async def save(uow: UnitOfWork, rollout: RolloutRow) -> None:
    """Writes the rollout, and announces `rollouts.changed` if there is anything to write."""
    uow.session.add(rollout)
    if uow.session.is_modified(rollout):
        uow.announce("rollouts.changed", rollout_id=str(rollout.id), state=rollout.state, cohort=rollout.cohort)
    await uow.session.flush()


async def _start_run(
    uow: UnitOfWork, principal: Principal, rollout: RolloutRow, asset_ids: tuple[UUID, ...], fitting: Fitting
) -> None:
    """Of the present cohort's waiting assets, which these are. Raises what `training.start_run` does."""
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
    run = await training.start_run(uow, principal, command, fitting.judged)
    await store.begin(rollout, run.id)
    rollout.run_id = run.id
    rollout.message = model.training(rollout.cohort, rollout.cohort_count, len(asset_ids), len(fitting.unfit))


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
    await store.move(rollout.id, (RolloutAssetState.TRAINING,), RolloutAssetState.PASSED)
    await _hold_against_rule(store, rollout)


async def _hold_against_rule(store: Rollouts, rollout: RolloutRow) -> None:
    """The present cohort is over, but for its promotions: too many that did not pass pause the rollout."""
    found = [(state, n) for _, cohort, state, n in await store.counts([rollout.id]) if cohort == rollout.cohort]
    count, failed = sum(n for _, n in found), sum(n for state, n in found if state is RolloutAssetState.QUARANTINED)
    cohort = f"cohort {rollout.cohort} of {rollout.cohort_count}"
    if sentence := model.stopped_by_rule(cohort, count, failed, rollout.most_failing):
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


async def _next_cohort(uow: UnitOfWork, rollout: RolloutRow) -> Asked | None:
    store = Rollouts(uow)
    waiting = await store.waiting(rollout)
    if not waiting and rollout.cohort == rollout.cohort_count:
        rollout.state, rollout.ended_at = RolloutState.DONE.value, utc_now()
        rollout.message = f"Done: {await _told(store, rollout)}."
        return None
    if not waiting:
        rollout.cohort += 1
        if rollout.by_hand:
            before = f"Cohort {rollout.cohort - 1} of {rollout.cohort_count} is done: {await _told(store, rollout)}."
            pause(rollout, f"{before} Resume to go on with the next.")
            return None
        waiting = await store.waiting(rollout)
    rollout.message = model.judging(rollout.cohort, rollout.cohort_count, len(waiting))
    return Asked(waiting, Range(rollout.start, rollout.end))


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
        _wait(rollout, error.message)
        return False
    return True


async def _awaits(store: Rollouts, rollout: RolloutRow, asked: Asked) -> bool:
    """Whether it stands where the question was asked."""
    stands = rollout.state == RolloutState.RUNNING.value and rollout.run_id is None
    return stands and await store.waiting(rollout) == asked.asset_ids


def _wait(rollout: RolloutRow, reason: str) -> None:
    pause(rollout, f"Cohort {rollout.cohort} of {rollout.cohort_count} has to wait: {reason} Then resume.")
