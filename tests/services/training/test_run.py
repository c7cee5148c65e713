"""Runs from start to challenger on the real parts: database, stream, bucket and a trainer with Ray."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import presses
import pytest
from training_plant import Runs, command

from andon_sdk.plugin import Importance
from services.assets import api as assets
from services.assets.contracts import Label
from services.bindings import api as bindings
from services.bindings import jobs as matching
from services.bindings import steps as judging
from services.bindings.contracts import BindingState, NewRule
from services.blueprints.host import installed
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.fleet.artefact import MANIFEST
from services.kernel import subjects
from services.registry import api as registry
from services.registry.contracts import Alias
from services.rollouts import api as rollouts
from services.rollouts.contracts import RolloutState, StartRollout
from services.serving import api as serving
from services.serving.errors import NothingToPromote
from services.suitability.contracts import Fitness
from services.training import api
from services.training.cluster import plan
from services.training.cluster.fit import Work, work
from services.training.cluster.messages import BlockResult, ContractOrder, TrainAsset, TrainCommand, block_object
from services.training.cluster.objects import BucketAccess
from services.training.cluster.rows import count_rows
from services.training.contracts import ENDED, RunState, StartFrom
from services.training.errors import CannotUpdate
from services.training.gates import TITLES

pytestmark = [pytest.mark.platform, pytest.mark.timeout(240)]


async def test_24_assets_become_challengers(platform: Any, tenant: Any, principal: Any, plant: Any, runs: Runs) -> None:
    connection = await platform.platform.streams.connection(tenant.id)
    seen: list[str] = []
    heard = asyncio.Event()

    async def hear(message: Any) -> None:
        seen.append(json.loads(message.data)["state"])
        heard.set()

    run = await runs.start(command(plant))
    subscription = await connection.subscribe(subjects.run_changed(run.id), cb=hear)
    ended = await runs.end(run)
    assert (ended.state, ended.message, ended.progress) == (
        RunState.SUCCEEDED,
        "24 of 24 assets passed all gates.",
        1.0,
    ), [gate for gate in await runs.gates(run) if not gate.passed]
    assert set(ended.stages) == {"queued", "freezing", "starting", "training", "checking"}
    assert list(dict.fromkeys(seen)) == ["freezing", "starting", "training", "checking", "succeeded"]
    gates = await runs.gates(run)
    assert [gate.key for gate in gates[:10]] == [*TITLES, "press-jammed"]
    assert len(gates) == 24 * 10
    async with platform.unit(tenant) as uow:
        found = await registry.aliased(uow, principal, plant.ids, Alias.CHALLENGER)
    assert set(found) == set(plant.ids[:24])
    one = found[plant.ids[0]]
    assert (one.number, one.lineage.run_id, one.lineage.seed) == (1, run.id, 7)
    assert one.lineage.snapshot_digest == ended.snapshot_digest
    assert one.lineage.environment["torch"].startswith("2.")
    await subscription.unsubscribe()


async def test_the_same_run_gives_the_same_digests(
    platform: Any, tenant: Any, principal: Any, plant: Any, runs: Runs
) -> None:
    digests: list[set[tuple[Any, str, int]]] = []
    for _ in range(2):
        started = time.monotonic()
        run = await runs.start(command(plant, seed=11))
        ended = await runs.end(run)
        print("warm run", round(time.monotonic() - started, 2), dict(ended.stages))
        assert ended.state is RunState.SUCCEEDED, ended
        async with platform.unit(tenant) as uow:
            found = await registry.aliased(uow, principal, plant.ids, Alias.CHALLENGER)
        digests.append({(asset, one.artefact_digest, one.index) for asset, one in found.items()})
    assert digests[0] == digests[1]
    assert len(digests[0]) == 24
    assert len({digest for _, digest, _ in digests[0]}) == 2


async def test_any_number_of_workers_gives_the_same_packs(
    plant: Any, runs: Runs, trainer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the workers run, here one after the other, on rows that a run has frozen."""
    ended = await runs.end(await runs.start(command(plant, asset_ids=plant.ids[:6], parameters={"epochs": 2})))
    bucket = BucketAccess(**trainer.place["bucket"])
    offered = installed().blueprints[ended.blueprint]
    signals = presses.CONTRACT.signals
    asked = TrainCommand(
        run=ended.id,
        snapshot=ended.snapshot_digest or "",
        blueprint=ended.blueprint,
        blueprint_version=ended.blueprint_version,
        plugin=offered.plugin.name,
        plugin_digest=offered.plugin.digest,
        parameters=ended.parameters,
        seed=ended.seed,
        contract=ContractOrder(
            plant.contract_id,
            1,
            tuple(signal.key for signal in signals),
            tuple(signal.importance is Importance.ESSENTIAL for signal in signals),
            tuple(signal.exogenous for signal in signals),
        ),
        assets=6,
    )
    ids = sorted(plant.ids[:6], key=str)
    rows = count_rows(bucket, asked.snapshot, [str(asset) for asset in ids])
    assert rows == [800] * 6
    monkeypatch.setattr(plan, "BLOCK", 2)
    monkeypatch.setattr(plan, "SMALLEST", 1)
    blocks = tuple(plan.blocks_of(rows, len(signals)))
    assert blocks == ((0, 1), (2, 3), (4, 5))
    found: list[list[str | None]] = []
    for workers in (1, 2, 3):
        job = Work(replace(asked, run=uuid4()), tuple(TrainAsset(asset, None) for asset in ids), bucket, blocks)
        for worker in range(workers):
            await asyncio.to_thread(work, job, plan.share_of(3, worker, workers), lambda block, share: False)
        written = [bucket.get(block_object(job.command.run, number)) for number in range(3)]
        found.append([BlockResult.decode(data or b"").digest for data in written])
    assert len(set(found[0])) == 3
    assert found == [found[0]] * 3


async def test_parameters_of_its_own_reach_one_asset_and_no_other(
    platform: Any, tenant: Any, principal: Any, plant: Any, runs: Runs
) -> None:
    same, other = plant.ids[:2]
    versions, facts = [], []
    bucket = await platform.platform.objects.bucket(tenant.id)
    for own in ({}, {other: {"epochs": 80.0}}):
        ended = await runs.end(await runs.start(command(plant, asset_ids=(same, other), overrides=own)))
        assert ended.state is RunState.SUCCEEDED, ended
        async with platform.unit(tenant) as uow:
            found = await registry.aliased(uow, principal, (same, other), Alias.CHALLENGER)
        name = subjects.artefact_object(found[same].artefact_digest, MANIFEST)
        answer = await asyncio.to_thread(bucket.client.get_object, bucket.name, name)
        facts.append(json.loads(answer.read())["facts"].get("own_parameters"))
        versions.append(found)
    assert facts == [None, {str(other): {"epochs": 80.0}}]
    before, after = versions
    assert before[same].artefact_digest != after[same].artefact_digest
    assert before[same].metrics["loss_main"] == after[same].metrics["loss_main"]
    assert before[other].metrics["loss_main"] > after[other].metrics["loss_main"]


@pytest.mark.parametrize(
    ("blueprint", "own"), [("any-machine-components", "variance_share"), ("any-machine-trees", "shrinkage")]
)
async def test_fitted_models_become_challengers(
    platform: Any, tenant: Any, principal: Any, plant: Any, runs: Runs, blueprint: str, own: str
) -> None:
    ids = plant.ids[4:8]
    wanted = command(plant, blueprint=blueprint, asset_ids=(*ids, plant.ids[24]), overrides={ids[1]: {own: 0.5}})
    ended = await runs.end(await runs.start(wanted))
    assert ended.message == "4 of 5 assets passed all gates. Stopped by the gates: contract (1).", [
        gate for gate in await runs.gates(ended) if not gate.passed
    ]
    async with platform.unit(tenant) as uow:
        found = await registry.aliased(uow, principal, ids, Alias.CHALLENGER)
    assert [found[asset].lineage.blueprint for asset in ids] == [blueprint] * 4


async def test_an_asset_with_too_few_rows_is_named_and_the_others_finish(plant: Any, runs: Runs) -> None:
    short = plant.ids[24]
    ended = await runs.end(await runs.start(command(plant, asset_ids=(plant.ids[0], short))))
    assert ended.state is RunState.SUCCEEDED
    assert ended.message == "1 of 2 assets passed all gates. Stopped by the gates: contract (1)."
    told = [gate for gate in await runs.gates(ended) if gate.asset_id == short]
    assert [(gate.key, gate.passed, gate.sentence) for gate in told] == [
        ("contract", False, "30 rows, at least 100 are needed.")
    ]
    async with runs.platform.unit(runs.tenant) as uow:
        stopped = await api.stopped_of(uow, runs.principal, ended.id)
    assert stopped == {short: "30 rows, at least 100 are needed."}


async def test_a_rollout_over_real_runs_quarantines_one_and_is_rolled_back_for_all(plant: Any, runs: Runs) -> None:
    async def do(use_case: Any, *arguments: Any) -> Any:
        async with runs.platform.unit(runs.tenant) as uow:
            answer = await use_case(uow, runs.principal, *arguments)
            await uow.commit()
        return answer

    sound, short = plant.ids[8:11], plant.ids[24]
    before = await runs.end(await runs.start(command(plant, asset_ids=sound)))
    await do(serving.promote_run, before.id)
    older = {id_: row.champion for id_, row in (await do(serving.deployments, sound)).items()}
    known = command(plant)
    own = {sound[1]: {"epochs": 60.0}}
    wanted = StartRollout(
        known.blueprint, (*sound, short), known.start, known.end, overrides=own, shares=(0.5, 1.0), most_failing=0.5
    )
    rollout = await do(rollouts.start_rollout, wanted)

    async def over() -> Any:
        found = await do(rollouts.get_rollout, rollout.id)
        return found if found.state is not RolloutState.RUNNING else None

    done = await runs.until(over, 90)
    assert (done.state, done.message) == (RolloutState.DONE, "Done: 3 promoted, 1 quarantined.")
    rows = {row.asset_id: row for row in await do(rollouts.list_rollout_assets, rollout.id)}
    assert rows[short].reason == (
        "It was not trained, because the range does not suit: "
        "The range has 30 rows; training wants 1,000, and cannot begin below 149."
    )
    held = await do(api.get_run, rows[sound[1]].run_id)
    assert held.suitability.verdict is not Fitness.DOES_NOT_FIT
    assert {id_: row.champion for id_, row in (await do(serving.deployments, sound)).items()} == {
        id_: rows[id_].version_id for id_ in sound
    }
    run_id = rows[sound[1]].run_id
    [beside] = [
        gate for gate in await do(api.gates_of, run_id) if (gate.asset_id, gate.key) == (sound[1], "old_ground")
    ]
    assert beside.passed
    assert beside.sentence.startswith("On the champion's old ground it notices shifts as well as the champion: power ")
    ran = {each.asset_id: each.parameters for each in await do(api.list_run_assets, run_id)}
    assert ran[sound[1]] == own[sound[1]]
    back = await do(rollouts.roll_back_rollout, rollout.id)
    assert back.message == "Rolled back by Ada: 3 assets back to the champion before."
    assert {id_: row.champion for id_, row in (await do(serving.deployments, plant.ids)).items()} == older


async def test_a_press_with_thirty_rows_borrows_a_model_by_a_rule(plant: Any, runs: Runs) -> None:
    async def do(use_case: Any, *arguments: Any) -> Any:
        async with runs.platform.unit(runs.tenant) as uow:
            answer = await use_case(uow, runs.principal, *arguments)
            await uow.commit()
        return answer

    lenders, young = plant.ids[12:15], plant.ids[24]
    # Labelled first: the worker looks for rules of it by its own clock, and must be done before there is one.
    await do(assets.set_labels, [young], [Label("age", "young")], ())
    fleet = await runs.end(await runs.start(command(plant, asset_ids=lenders)))
    await do(serving.promote_run, fleet.id)
    then = replace(runs.platform.platform, clock=lambda: presses.START + timedelta(days=1))
    fit = await judging.judge(then, runs.principal, lenders, presses.START + timedelta(days=1))
    assert (fit.unfit, fit.judged is not None) == ({}, True)
    rule = await do(bindings.create_rule, NewRule("press-coder", "age=young"))
    await matching.match(then, runs.tenant.id, {})
    await matching.look(then, runs.tenant.id)

    async def borrowed() -> Any:
        [found] = (await do(bindings.bindings_of, [young])).values()
        return found if found.state is not BindingState.BORROWING else None

    binding = await runs.until(borrowed, 60)
    assert (binding.state, binding.rows) == (BindingState.BORROWED, 30), binding
    champion = (await do(registry.aliased, [young], Alias.CHAMPION))[young]
    assert champion.lineage.borrowed_from in plant.ids[:24]
    run = await do(api.get_run, champion.lineage.run_id)
    assert (run.borrows, run.message) == (True, "1 of 1 assets passed all gates.")
    assert (await do(serving.deployments, [young]))[young].champion == champion.id
    await do(bindings.remove_rule, rule.id)


async def test_an_update_goes_on_from_the_champion_and_tells_what_it_remembers(plant: Any, runs: Runs) -> None:
    async def do(use_case: Any, *arguments: Any) -> Any:
        async with runs.platform.unit(runs.tenant) as uow:
            answer = await use_case(uow, runs.principal, *arguments)
            await uow.commit()
        return answer

    ids, minute = plant.ids[16:18], timedelta(minutes=1)
    wanted = command(plant, asset_ids=ids, start=presses.START + 400 * minute, start_from=StartFrom.CHAMPION)
    with pytest.raises(CannotUpdate, match="It has no champion yet"):
        await runs.start(wanted)
    first = await runs.end(await runs.start(command(plant, asset_ids=ids, end=presses.START + 500 * minute)))
    await do(serving.promote_run, first.id)
    abnormal = [(100, 110), (600, 620), (650, 670)]
    told = [
        NewEvent(ids[0], EventKind.ABNORMAL, presses.START + a * minute, end=presses.START + b * minute)
        for a, b in abnormal
    ]
    # Of the other press 50 rows of before are of its present regime: too few to replay.
    replaced = NewEvent(ids[1], EventKind.PART_REPLACED, presses.START + 350 * minute)
    await do(events.record_events, [*told, replaced])
    ended = await runs.end(await runs.start(wanted))
    assert (ended.state, ended.start_from) == (RunState.SUCCEEDED, StartFrom.CHAMPION), ended
    each = {
        one.asset_id: {found.key: found for found in one.findings} for one in await do(api.list_run_assets, ended.id)
    }
    assert {asset: set(found) for asset, found in each.items()} == {ids[0]: {"labels", "old_ground"}, ids[1]: set()}
    assert each[ids[0]]["labels"].sentence.startswith("3 labelled events: ")
    old = each[ids[0]]["old_ground"]
    assert old.before is not None
    assert old.value is not None
    assert old.limit == pytest.approx(old.before - 0.05)
    assert old.value >= old.limit, old
    assert old.sentence.endswith("nothing is forgotten.")
    champions = await do(registry.aliased, ids, Alias.CHAMPION)
    made = await do(registry.aliased, ids, Alias.CHALLENGER)
    bucket = await runs.platform.platform.objects.bucket(runs.tenant.id)
    name = subjects.artefact_object(made[ids[0]].artefact_digest, MANIFEST)
    answer = await asyncio.to_thread(bucket.client.get_object, bucket.name, name)
    facts = json.loads(answer.read())["facts"]
    assert facts["updated"] == {str(id_): [one.artefact_digest, one.index] for id_, one in champions.items()}
    assert facts["replayed"] == {str(id_): [first.snapshot_digest] for id_ in ids}
    assert [len(spans) for spans in facts["labels"].values()] == [3]


@pytest.mark.parametrize(
    ("blueprint", "state", "words"),
    [
        ("press-deaf", RunState.STOPPED, "0 of 2 assets passed all gates. Stopped by the gates: held-out rows (2)"),
        ("press-diverging", RunState.STOPPED, "0 of 2 assets passed all gates. Stopped by the gates: contract (2)."),
        ("press-exploding", RunState.FAILED, "The blueprint press-exploding failed: RuntimeError: boom"),
    ],
)
async def test_a_bad_blueprint_is_stopped_and_the_gate_named(
    plant: Any, runs: Runs, blueprint: str, state: RunState, words: str
) -> None:
    ended = await runs.end(await runs.start(command(plant, blueprint=blueprint, asset_ids=plant.ids[:2])))
    assert ended.state is state
    assert ended.message.startswith(words), ended.message
    async with runs.platform.unit(runs.tenant) as uow:
        found = await registry.aliased(uow, runs.principal, plant.ids[:2], Alias.CHALLENGER)
        with pytest.raises(NothingToPromote, match="The run has no version that waits to be promoted: none passed"):
            await serving.promote_run(uow, runs.principal, ended.id)
        shown = await api.list_run_assets(uow, runs.principal, ended.id, stopped=True)
    assert all(one.lineage.blueprint == "press-coder" for one in found.values())
    assert {one.asset_id for one in shown} == (set() if state is RunState.FAILED else set(plant.ids[:2]))


async def test_cancel_while_training_takes_two_seconds(plant: Any, runs: Runs) -> None:
    run = await runs.start(command(plant, parameters={"epochs": 4000.0}))
    await runs.reach(run, RunState.TRAINING)
    started = time.monotonic()
    assert (await runs.cancel(run)).state is RunState.CANCELLING
    ended = await runs.end(run)
    taken = time.monotonic() - started
    assert (ended.state, ended.message) == (RunState.CANCELLED, "Cancelled by Ada.")
    print("cancelled after", taken, dict(ended.stages))
    assert taken < 6
    after = await runs.end(await runs.start(command(plant, asset_ids=plant.ids[:2])))
    assert after.state is RunState.SUCCEEDED


async def test_cancel_before_anything_happened(plant: Any, runs: Runs) -> None:
    run = await runs.start(command(plant))
    cancelled = await runs.cancel(run)
    assert cancelled.state in (RunState.CANCELLED, RunState.CANCELLING)
    assert (await runs.end(run)).state is RunState.CANCELLED


async def test_a_run_on_ray_train_is_cancelled_at_once(trainer: Any, plant: Any, runs: Runs) -> None:
    trainer.ensure(fleet_assets=16)
    cancelled = await runs.start(command(plant, parameters={"epochs": 4000.0}))
    await runs.reach(cancelled, RunState.TRAINING)
    await asyncio.sleep(1)
    started = time.monotonic()
    await runs.cancel(cancelled)
    assert (await runs.end(cancelled)).state is RunState.CANCELLED
    assert time.monotonic() - started < 6


async def test_a_killed_trainer_on_ray_train_goes_on_from_its_blocks(trainer: Any, plant: Any, runs: Runs) -> None:
    bucket = BucketAccess(**trainer.place["bucket"])
    trainer.ensure(fleet_assets=16)
    run = await runs.start(command(plant, parameters={"epochs": 200.0}, seed=3))

    async def blocks() -> list[Any]:
        listed = bucket.client().list_objects(bucket.bucket, prefix=f"runs/{run.id}/block-")
        return await asyncio.to_thread(lambda: [(one.object_name, one.last_modified) for one in listed])

    first = await runs.until(blocks, 120)
    trainer.kill()
    trainer.start(cores=[1, 1])
    ended = await runs.end(run, 150)
    assert ended.state is RunState.SUCCEEDED, ended
    # Not all need to pass: seeds follow the ids, and some assets have a champion here that may be a little better.
    assert {gate.asset_id for gate in await runs.gates(run)} == set(plant.ids[:24])
    assert set(first) <= set(await blocks())


async def test_a_lost_node_costs_no_block(trainer: Any, plant: Any, runs: Runs) -> None:
    asked = command(plant, parameters={"epochs": 400.0}, seed=5)
    bucket = BucketAccess(**trainer.place["bucket"])
    trainer.ensure(cores=[1, 1])
    whole = await runs.end(await runs.start(asked), 120)
    other = await runs.start(asked)
    await said(runs, other, lambda now: now.progress > 0.02)
    trainer.kill_node(1)
    told = await said(runs, other, lambda now: "lost" in now.message)
    assert told.message.endswith("Workers were lost once; what they had not finished is trained again.")
    ended = await runs.end(other, 150)
    assert ended.state is RunState.SUCCEEDED, ended
    assert packs_of(bucket, other) == packs_of(bucket, whole)


def packs_of(bucket: BucketAccess, run: Any) -> list[str | None]:
    """Digests of the run's two blocks."""
    written = [bucket.get(block_object(run.id, number)) for number in range(2)]
    return [BlockResult.decode(data or b"").digest for data in written]


async def said(runs: Runs, run: Any, right: Callable[[Any], bool]) -> Any:
    """The run as it is when the answer is right; it must not have ended."""

    async def there() -> Any:
        now = await runs.get(run)
        assert now.state not in ENDED, now
        return now if right(now) else None

    return await runs.until(there, 120)
