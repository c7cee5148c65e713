"""Rollouts on a real database; the ends of runs are written as training writes them, and the jobs called."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import presses
import pytest
from sqlmodel import select
from statements import statements

from services.assets import api as assets
from services.assets.contracts import Label, NewAsset
from services.assets.errors import LabelQueryInvalid
from services.kernel.errors import DomainError, Forbidden, NotFound
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Principal
from services.kernel.tables import OutboxRow
from services.registry import api as registry
from services.registry.contracts import Alias
from services.rollouts import api, jobs, steps
from services.rollouts.contracts import Cohort, RolloutAssetState, RolloutState
from services.rollouts.errors import AssetsUnclear, NoAssetMatches, RolloutEnded, RolloutNotFound, SharesInvalid
from services.rollouts.repository import Rollouts
from services.serving import api as serving
from services.suitability.contracts import Fitting, Range
from services.training import api as training
from services.training.contracts import RunState, StartRun
from services.training.errors import AssetInTraining, NoAssets, OverrideOutsideRun, RangeInvalid

pytestmark = pytest.mark.platform

WAITING, TRAINING, PASSED, PROMOTED, QUARANTINED, BACK, LEFT = RolloutAssetState


async def test_a_blueprint_reaches_all_assets_in_three_cohorts(make_works: Any) -> None:
    works = await make_works(20)
    rollout = await works.start(seed=7, parameters={"epochs": 10.0})
    assert (rollout.state, rollout.cohort, rollout.cohort_count) == (RolloutState.RUNNING, 1, 3)
    assert rollout.message == "Training cohort 1 of 3: 1 asset."
    assert await works.do(api.cohorts_of, [rollout.id]) == {
        rollout.id: [Cohort(1, {TRAINING: 1}), Cohort(2, {WAITING: 1}), Cohort(3, {WAITING: 18})]
    }
    run = await works.do(training.get_run, rollout.run_id)
    assert (run.blueprint, run.asset_count, run.seed, run.parameters["epochs"]) == ("press-coder", 1, 7, 10.0)

    rollout = await works.end_run(rollout)
    assert (rollout.state, rollout.message) == (RolloutState.RUNNING, "Training cohort 2 of 3: 1 asset.")
    assert len(await works.deployed()) == 1
    rollout = await works.end_run(rollout)
    assert (rollout.cohort, rollout.message) == (3, "Training cohort 3 of 3: 18 assets.")
    bad = [row.asset_id for row in await works.assets(rollout)][-3:]
    rollout = await works.end_run(rollout, failing=bad)
    assert (rollout.state, rollout.message) == (RolloutState.DONE, "Done: 17 promoted, 3 quarantined.")
    assert rollout.ended_at is not None
    rows = await works.assets(rollout)
    assert [row.reason for row in rows] == [None] * 17 + ["Stopped: True."] * 3
    assert [row.cohort for row in rows] == [1, 2] + [3] * 18
    assert await works.deployed() == {row.asset_id: row.version_id for row in rows[:17]}
    assert [row.asset_id for row in await works.do(api.list_rollout_assets, rollout.id, 2, 17, QUARANTINED)] == bad[1:]


async def test_too_many_failures_pause_it_and_a_person_may_go_on(make_works: Any) -> None:
    works = await make_works(10)
    rollout = await works.start(shares=(0.5, 1.0))
    first = [row.asset_id for row in await works.assets(rollout)][:5]
    rollout = await works.end_run(rollout, failing=first[:2])
    assert rollout.state is RolloutState.PAUSED
    assert rollout.message == (
        "2 of the 5 assets of cohort 1 of 2 did not pass (40%); at most 20% may. "
        "Resume to promote the others and go on."
    )
    assert await works.deployed() == {}
    assert (await works.do(api.cohorts_of, [rollout.id]))[rollout.id][0].counts == {PASSED: 3, QUARANTINED: 2}
    assert (await works.advance(rollout)).state is RolloutState.PAUSED
    await works.do(api.resume_rollout, rollout.id)
    rollout = await works.advance(rollout)
    assert (rollout.state, rollout.cohort) == (RolloutState.RUNNING, 2)
    assert set(await works.deployed()) == set(first[2:])


async def test_a_step_that_is_made_again_does_nothing_twice(make_works: Any) -> None:
    works = await make_works(4)
    rollout = await works.start(shares=(0.5, 1.0))
    first = rollout.run_id
    rollout = await works.end_run(rollout)
    before = await works.do(serving.serving_state), await works.assets(rollout)
    await jobs.note_run(works.platform.platform, works.tenant.id, {"run_id": str(first)})
    assert await works.advance(rollout) == rollout
    assert (await works.do(serving.serving_state), await works.assets(rollout)) == before
    assert len(await works.do(training.list_runs, works.ids[0])) == 1
    async with works.platform.unit(works.tenant) as uow:
        names = Counter([row.name for row in await uow.session.exec(select(OutboxRow))])
    rollout = await works.end_run(rollout)
    await works.advance(rollout)
    async with works.platform.unit(works.tenant) as uow:
        more = Counter([row.name for row in await uow.session.exec(select(OutboxRow))]) - names
    news = ("registry.challenger_set", "serving.publish_wanted", "serving.promoted", "rollouts.changed")
    assert more == dict.fromkeys(news, 1)
    assert rollout.state is RolloutState.DONE


async def test_a_step_that_was_cut_off_is_made_again(make_works: Any) -> None:
    works = await make_works(4)
    rollout = await works.start(shares=(0.5, 1.0))
    await works.conclude(rollout.run_id)
    async with works.platform.unit(works.tenant) as uow:
        row = await Rollouts(uow).get(rollout.id, lock=True)
        assert row is not None
        await steps.advance(uow, row)
        assert row.cohort == 2
    assert (await works.again(rollout), await works.deployed()) == (rollout, {})
    await works.advance(rollout)
    assert ((await works.again(rollout)).cohort, len(await works.deployed())) == (2, 2)


async def test_those_that_the_range_does_not_suit_are_quarantined_with_the_reason(make_works: Any) -> None:
    works = await make_works(10)
    rollout = await works.start(shares=(0.5, 1.0), unfit=works.ids)
    assert (rollout.state, rollout.cohort, rollout.run_id) == (RolloutState.PAUSED, 1, None)
    assert rollout.message.startswith("5 of the 5 assets of cohort 1 of 2 did not pass (100%); at most 20% may.")
    reason = "It was not trained, because the range does not suit: Too few rows."
    assert [(row.state, row.reason) for row in (await works.assets(rollout))[:5]] == [(QUARANTINED, reason)] * 5
    await works.do(api.resume_rollout, rollout.id)
    second = [row.asset_id for row in await works.assets(rollout)][5:]
    rollout = await works.advance(rollout, second[:1])
    assert rollout.message == "Training cohort 2 of 2: 4 assets; the range does not suit 1 more."
    assert set(await works.do(training.assets_of_run, rollout.run_id)) == set(second[1:])
    rollout = await works.end_run(rollout, failing=second[1:2])
    assert rollout.message.startswith("2 of the 5 assets of cohort 2 of 2 did not pass (40%)")


async def test_a_cohort_of_which_none_fits_is_passed_by_where_the_rule_allows_it(make_works: Any) -> None:
    works = await make_works(4)
    first = await works.start(shares=(0.5, 1.0), most_failing=1.0, unfit=works.ids)
    assert (first.state, first.cohort, first.run_id) == (RolloutState.RUNNING, 1, None)
    rollout = await works.advance(first)
    assert rollout.message == "Training cohort 2 of 2: 2 assets."
    assert (await works.end_run(rollout)).message == "Done: 2 promoted, 2 quarantined."


async def test_the_job_judges_real_rows_and_here_are_none(make_works: Any) -> None:
    works = await make_works(1)
    rollout = await works.do(api.start_rollout, works.command())
    assert rollout.message == "Judging how the range suits cohort 1 of 1: 1 asset."
    await jobs.advance(works.platform.platform, works.tenant.id, {"rollout_id": str(rollout.id)})
    [row] = await works.assets(rollout)
    assert (row.state, (await works.again(rollout)).state) == (QUARANTINED, RolloutState.PAUSED)
    assert row.reason == (
        "It was not trained, because the range does not suit: "
        "The range has 0 rows; training wants 1,000, and cannot begin below 149."
    )


async def test_a_verdict_for_a_rollout_that_was_paused_meanwhile_starts_nothing(make_works: Any) -> None:
    works = await make_works(1)
    rollout = await works.do(api.start_rollout, works.command())
    asked = steps.Asked(works.ids, Range(rollout.start, rollout.end))
    paused = await works.do(api.pause_rollout, rollout.id)
    async with works.platform.unit(works.tenant) as uow:
        await steps.start(uow, await works.row(uow, rollout), asked, Fitting(None, {}))
        await steps.refuse(uow, await works.row(uow, rollout), asked, "The history is gone.")
        await uow.commit()
    assert (await works.again(rollout), paused.message) == (paused, "Paused by Ada.")


async def test_what_others_did_meanwhile_is_kept(make_works: Any) -> None:
    works = await make_works(3)
    rollout = await works.start(shares=(1.0,), by_hand=True)
    by_hand, overtaken, ours = (row.asset_id for row in await works.assets(rollout))
    await works.conclude(rollout.run_id)
    challengers = await works.do(registry.aliased, works.ids, Alias.CHALLENGER)
    await works.do(serving.promote, by_hand, challengers[by_hand].id)
    newer = await works.new_challengers([overtaken])
    await works.advance(rollout)
    rollout = await works.again(rollout)
    assert rollout.message == "Done: 2 promoted, 1 left."
    rows = {row.asset_id: row for row in await works.assets(rollout)}
    assert (rows[by_hand].state, rows[by_hand].version_id) == (PROMOTED, challengers[by_hand].id)
    assert rows[overtaken].reason == "A newer version took its place before it was promoted."
    assert rows[overtaken].state is LEFT
    assert await works.deployed() == {id_: challengers[id_].id for id_ in (by_hand, ours)}
    left = await works.do(registry.aliased, works.ids, Alias.CHALLENGER)
    assert {asset_id: version.id for asset_id, version in left.items()} == newer


async def test_by_hand_it_waits_before_each_cohort(make_works: Any) -> None:
    works = await make_works(4)
    rollout = await works.end_run(await works.start(shares=(0.5, 1.0), by_hand=True))
    assert (rollout.state, rollout.cohort, rollout.run_id) == (RolloutState.PAUSED, 2, None)
    assert rollout.message == "Cohort 1 of 2 is done: 2 promoted. Resume to go on with the next."
    resumed = await works.do(api.resume_rollout, rollout.id)
    assert (resumed.state, resumed.message) == (RolloutState.RUNNING, "Resumed by Ada.")
    assert (await works.advance(rollout)).message == "Training cohort 2 of 2: 2 assets."


async def test_a_run_that_failed_is_no_fault_of_the_assets(make_works: Any) -> None:
    works = await make_works(2)
    rollout = await works.start(shares=(1.0,))
    first = rollout.run_id
    await works.fail(first)
    await works.advance(rollout)
    rollout = await works.again(rollout)
    assert (rollout.state, rollout.run_id) == (RolloutState.PAUSED, None)
    assert rollout.message == "The run of cohort 1 of 1 failed: The bucket is gone. Resume to train it again."
    assert {row.state for row in await works.assets(rollout)} == {WAITING}
    await works.do(api.resume_rollout, rollout.id)
    rollout = await works.advance(rollout)
    assert rollout.run_id not in (None, first)
    assert (await works.end_run(rollout)).message == "Done: 2 promoted."


async def test_a_cohort_that_cannot_be_trained_now_pauses_it(make_works: Any) -> None:
    works = await make_works(4)
    rollout = await works.start(shares=(0.5, 1.0))
    busy = (await works.assets(rollout))[-1].asset_id
    other = await works.do(training.start_run, StartRun("press-coder", (busy,), rollout.start, rollout.end))
    rollout = await works.end_run(rollout)
    assert (rollout.state, rollout.cohort, rollout.run_id) == (RolloutState.PAUSED, 2, None)
    assert rollout.message == (
        "Cohort 2 of 2 has to wait: An asset is being trained already. Wait for that run, or cancel it. Then resume."
    )
    assert len(await works.deployed()) == 2
    await works.do(training.cancel_run, other.id)
    await works.do(api.resume_rollout, rollout.id)
    assert (await works.advance(rollout)).message == "Training cohort 2 of 2: 2 assets."


async def test_a_pause_lets_the_run_end_and_promotes_nothing(make_works: Any) -> None:
    works = await make_works(4)
    rollout = await works.start(shares=(0.5, 1.0))
    assert (await works.do(api.pause_rollout, rollout.id)).message == "Paused by Ada."
    rollout = await works.end_run(rollout)
    assert (rollout.state, rollout.message) == (RolloutState.PAUSED, "Paused by Ada.")
    assert (await works.do(api.cohorts_of, [rollout.id]))[rollout.id][0].counts == {PASSED: 2}
    assert await works.deployed() == {}


async def test_a_cancelled_rollout_leaves_what_was_promoted(make_works: Any) -> None:
    works = await make_works(4)
    rollout = await works.end_run(await works.start(shares=(0.5, 1.0)))
    run_id = rollout.run_id
    rollout = await works.do(api.cancel_rollout, rollout.id)
    assert (rollout.state, rollout.message, rollout.run_id) == (RolloutState.CANCELLED, "Cancelled by Ada.", None)
    assert (await works.do(training.get_run, run_id)).state is RunState.CANCELLED
    await works.advance(rollout)
    assert [row.state for row in await works.assets(rollout)] == [PROMOTED, PROMOTED, LEFT, LEFT]
    assert await works.do(api.cancel_rollout, rollout.id) == rollout
    with pytest.raises(RolloutEnded) as caught:
        await works.do(api.resume_rollout, rollout.id)
    assert caught.value.facts == {"state": "cancelled"}


async def test_one_rollback_for_all(make_works: Any) -> None:
    works = await make_works(6)
    older = await works.new_champions(works.ids[:5])
    rollout = await works.end_run(await works.start(shares=(1.0,)))
    newer = await works.new_champions([works.ids[0]])
    generation = (await works.do(serving.serving_state)).wanted_generation
    rollout = await works.do(api.roll_back_rollout, rollout.id)
    assert (await works.do(serving.serving_state)).wanted_generation == generation + 1
    assert rollout.state is RolloutState.ROLLED_BACK
    assert rollout.message == (
        "Rolled back by Ada: 4 assets back to the champion before. 1 asset left alone, since the champion is another "
        "one by now. 1 asset left alone, since the version is the first champion."
    )
    rows = {row.asset_id: row for row in await works.assets(rollout)}
    assert [rows[id_].state for id_ in works.ids] == [PROMOTED, BACK, BACK, BACK, BACK, PROMOTED]
    assert rows[works.ids[0]].reason == "It was left alone: its champion is another version by now."
    first = rows[works.ids[5]]
    assert first.reason == "It keeps this version, which is its first champion: there is none before to go back to."
    assert await works.deployed() == older | newer | {first.asset_id: first.version_id}
    assert await works.do(api.roll_back_rollout, rollout.id) == rollout


async def test_a_rollback_in_the_middle_ends_it(make_works: Any) -> None:
    works = await make_works(4)
    older = await works.new_champions(works.ids)
    rollout = await works.end_run(await works.start(shares=(0.5, 1.0)))
    run_id = rollout.run_id
    rollout = await works.do(api.roll_back_rollout, rollout.id)
    assert [row.state for row in await works.assets(rollout)] == [BACK, BACK, LEFT, LEFT]
    assert (await works.do(training.get_run, run_id)).state is RunState.CANCELLED
    assert await works.deployed() == older
    with pytest.raises(RolloutEnded):
        await works.do(api.pause_rollout, rollout.id)


async def test_parameters_of_its_own_reach_the_run_of_its_cohort(make_works: Any) -> None:
    works = await make_works(4)
    own = {id_: {"epochs": 50.0 + place} for place, id_ in enumerate(works.ids[:3])}
    rollout = await works.start(shares=(0.5, 1.0), overrides=own)
    assert {row.asset_id: row.parameters for row in await works.assets(rollout)} == own | {works.ids[3]: {}}
    first = await works.do(training.list_run_assets, rollout.run_id)
    rollout = await works.end_run(rollout)
    second = await works.do(training.list_run_assets, rollout.run_id)
    assert (len(first), len(second)) == (2, 2)
    assert {each.asset_id: each.parameters for each in first + second} == own | {works.ids[3]: {}}


async def test_a_label_query_chooses_assets_of_the_blueprints_contract(make_works: Any) -> None:
    works = await make_works(3)
    hall = Label("hall", new_id().hex)
    await works.do(assets.set_labels, works.ids[:2], (hall,), ())
    await works.do(assets.put_contract, replace(presses.CONTRACT, key="saw", title="Saw"))
    await works.do(assets.create_assets, [NewAsset(new_id().hex, "Saw", "Works", "Hall", "saw", (hall,))])
    rollout = await works.start(asset_ids=(), labels=f"hall={hall.value}")
    assert {row.asset_id for row in await works.assets(rollout)} == set(works.ids[:2])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"shares": (0.1, 0.5)}, SharesInvalid),
        ({"end": datetime(2099, 1, 1, tzinfo=UTC)}, RangeInvalid),
        ({"asset_ids": (new_id(),)}, NotFound),
        ({"overrides": {new_id(): {"epochs": 50.0}}}, OverrideOutsideRun),
        ({"labels": "hall"}, AssetsUnclear),
        ({"labels": "hall=nowhere", "asset_ids": ()}, NoAssetMatches),
        ({"labels": "hall ~ 3", "asset_ids": ()}, LabelQueryInvalid),
        ({"asset_ids": ()}, NoAssets),
    ],
)
async def test_what_is_refused(make_works: Any, changes: dict[str, Any], error: type[DomainError]) -> None:
    works = await make_works(1)
    before = [rollout.id for rollout in await works.do(api.list_rollouts)]
    with pytest.raises(error):
        await works.start(**changes)
    assert [rollout.id for rollout in await works.do(api.list_rollouts)] == before


async def test_an_asset_in_training_refuses_a_first_cohort(make_works: Any) -> None:
    works = await make_works(1)
    rollout = await works.start()
    with pytest.raises(AssetInTraining):
        await works.start()
    assert (await works.do(api.list_rollouts, first=1))[0].id == rollout.id


async def test_rights_and_tenants(make_works: Any, other_tenant: Any, other_principal: Any) -> None:
    works = await make_works(1)
    rollout = await works.start()
    trainer = Principal(works.tenant.id, new_id(), "key", "k", frozenset({Permission.VIEW, Permission.TRAIN}))
    promoter = Principal(works.tenant.id, new_id(), "key", "k", frozenset({Permission.VIEW, Permission.PROMOTE}))
    async with works.platform.unit(works.tenant) as uow:
        for principal in (trainer, promoter):
            with pytest.raises(Forbidden):
                await api.roll_back_rollout(uow, principal, rollout.id)
            assert await api.get_rollout(uow, principal, rollout.id) == rollout
    async with works.platform.unit(other_tenant) as uow:
        with pytest.raises(RolloutNotFound):
            await api.cancel_rollout(uow, other_principal, rollout.id)
        assert await api.list_rollouts(uow, other_principal) == []
        assert await api.list_rollout_assets(uow, other_principal, rollout.id) == []


async def test_a_step_over_many_assets_sends_as_many_statements_as_over_a_few(make_works: Any) -> None:
    async def sent(count: int) -> list[int]:
        works = await make_works(count)
        await works.new_champions(works.ids)
        with statements(works.platform.platform.database) as start:
            rollout = await works.start(shares=(0.4, 1.0), most_failing=0.5)
        await works.conclude(rollout.run_id, [row.asset_id for row in await works.assets(rollout)][:1])
        with statements(works.platform.platform.database) as step:
            await works.advance(rollout)
        rollout = await works.again(rollout)
        assert rollout.cohort == 2
        with statements(works.platform.platform.database) as back:
            await works.do(api.roll_back_rollout, rollout.id)
        return [len(start), len(step), len(back)]

    few, many = await sent(5), await sent(60)
    assert min(few) > 0
    assert few == many
