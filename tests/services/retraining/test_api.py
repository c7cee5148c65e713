"""Plans on a real database: what comes up once, what is started, what becomes of it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import presses
import pytest
from statements import statements

from andon_sdk.plugin import Importance, Signal
from services.assets import api as assets
from services.assets.errors import AssetNotFound, LabelQueryInvalid
from services.blueprints.errors import BlueprintNotFound
from services.drift.tables import LookRow
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.clock import utc_now
from services.kernel.errors import DomainError, Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Role
from services.monitoring.tables import AlarmRow, CaseRow
from services.retraining import api, notice, steps
from services.retraining.contracts import NewPlan, OccasionState, Promotion, Trigger, When
from services.retraining.errors import PlanExists, PlanInvalid, PlanNotFound
from services.training import api as training
from services.training.contracts import StartFrom, StartRun

pytestmark = pytest.mark.platform

REGIME = When(Trigger.REGIME_CHANGE, delay_hours=12)
FLOOD = When(Trigger.ALARM_FLOOD, alarms=4, within_days=7)
DRIFT = When(Trigger.DRIFT, looks=3)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def states(occasions: Any) -> list[OccasionState]:
    return [one.state for one in occasions]


async def test_a_plan_that_came_up_starts_one_run_for_all_its_assets_once(make_works: Any) -> None:
    works = await make_works(3)
    plan = await works.plan()
    assert plan.next_due > utc_now()
    await works.look()
    assert await works.occasions(plan) == []
    await works.turn_back(plan)
    await works.look()
    found = await works.occasions(plan)
    assert states(found) == [OccasionState.RUNNING] * 3
    [run_id] = {one.run_id for one in found}
    run = await works.do(training.get_run, run_id)
    assert (run.asset_count, run.blueprint, run.end - run.start) == (3, "press-coder", timedelta(days=30))
    [after] = await works.do(api.get_plans, [plan.id])
    assert after.next_due > utc_now()
    await works.look()
    assert await works.occasions(plan) == found


async def test_missed_times_come_up_once(make_works: Any) -> None:
    works = await make_works(1)
    plan = await works.plan()
    await works.turn_back(plan, timedelta(days=60))
    await works.look()
    await works.look()
    assert len(await works.do(api.list_occasions, plan.id)) == 1


async def test_a_worker_that_was_killed_before_the_run_leaves_it_to_the_next(make_works: Any) -> None:
    works = await make_works(2)
    plan = await works.plan()
    await works.turn_back(plan)
    await works.do(notice.notice, utc_now())  # and it is gone
    assert states(await works.occasions(plan)) == [OccasionState.WAITING] * 2
    await works.look()
    found = await works.occasions(plan)
    assert states(found) == [OccasionState.RUNNING] * 2
    assert len(await works.do(api.list_occasions, plan.id)) == 2


async def test_two_workers_start_one_run(make_works: Any) -> None:
    works = await make_works(2)
    plan = await works.plan()
    await works.turn_back(plan)
    await asyncio.gather(*(works.look() for _ in range(4)))
    await works.look()
    found = await works.do(api.list_occasions, plan.id)
    assert states(found) == [OccasionState.RUNNING] * 2
    assert len({one.run_id for one in found}) == 1


async def test_what_passed_waits_for_a_person_or_is_promoted(make_works: Any) -> None:
    for promotion, state in ((Promotion.BY_HAND, OccasionState.PASSED), (Promotion.AUTOMATIC, OccasionState.PROMOTED)):
        works = await make_works(2)
        before = await works.new_champions(works.ids)
        plan = await works.plan(promotion=promotion)
        await works.turn_back(plan)
        await works.look()
        await works.end_run(plan, failing=works.ids[1:])
        first, second = await works.occasions(plan)
        assert (first.state, second.state) == (state, OccasionState.STOPPED)
        assert second.message == "Stopped by its gates: Stopped: True."
        deployed = await works.deployed()
        assert (deployed[works.ids[0]] != before[works.ids[0]]) == (promotion is Promotion.AUTOMATIC)
        assert deployed[works.ids[1]] == before[works.ids[1]]
        await works.note(first.run_id)
        assert await works.occasions(plan) == [first, second]


async def test_what_a_person_chose_meanwhile_stays(make_works: Any) -> None:
    works = await make_works(1)
    await works.new_champions(works.ids)
    plan = await works.plan(promotion=Promotion.AUTOMATIC)
    await works.turn_back(plan)
    await works.look()
    chosen = await works.new_champions(works.ids)
    await works.end_run(plan)
    [one] = await works.occasions(plan)
    assert one.state is OccasionState.PASSED
    assert "somebody chose another champion meanwhile" in one.message
    assert await works.deployed() == chosen


async def test_a_range_that_does_not_suit_is_told_and_the_others_are_trained(make_works: Any) -> None:
    works = await make_works(3)
    plan = await works.plan()
    await works.turn_back(plan)
    await works.look(unfit=works.ids[:1])
    first, *rest = await works.occasions(plan)
    assert (first.state, first.run_id) == (OccasionState.NOT_STARTED, None)
    assert first.message == "No run was started, because the range does not suit: Too few rows."
    assert states(rest) == [OccasionState.RUNNING] * 2


async def test_an_asset_in_a_run_of_somebody_waits_for_its_end(make_works: Any) -> None:
    works = await make_works(2)
    plan = await works.plan()
    now = utc_now()
    by_hand = await works.do(training.start_run, StartRun("press-coder", works.ids[:1], now - timedelta(days=1), now))
    await works.turn_back(plan)
    await works.look()
    busy, trained = await works.occasions(plan)
    assert (busy.state, busy.message) == (
        OccasionState.WAITING,
        "It is in a run already; the plan waits for its end.",
    )
    assert trained.state is OccasionState.RUNNING
    await works.conclude(by_hand.id)
    await works.look()
    assert states(await works.occasions(plan)) == [OccasionState.RUNNING] * 2


async def test_without_a_blueprint_the_champion_says_which(make_works: Any) -> None:
    works = await make_works(2)
    await works.new_champions(works.ids[:1])
    plan = await works.plan(blueprint=None)
    await works.turn_back(plan)
    await works.look()
    first, second = await works.occasions(plan)
    assert (await works.do(training.get_run, first.run_id)).blueprint == "press-coder"
    assert (second.state, second.message) == (
        OccasionState.NOT_STARTED,
        "Nothing to do: it has no champion whose blueprint could be taken, and the plan names none.",
    )


async def test_a_plan_updates_what_can_be_updated_and_trains_the_others_anew(make_works: Any) -> None:
    works = await make_works(3)
    await works.new_champions(works.ids[:2])
    plan = await works.plan(start_from=StartFrom.CHAMPION)
    assert plan.start_from is StartFrom.CHAMPION
    await works.turn_back(plan)
    await works.look()
    one, other, new = await works.occasions(plan)
    assert one.run_id == other.run_id != new.run_id
    runs = {run.id: run.start_from for run in await works.do(training.get_runs, [one.run_id, new.run_id])}
    assert runs == {one.run_id: StartFrom.CHAMPION, new.run_id: StartFrom.NOTHING}
    assert {one.message, other.message} == {"Its champion is being updated."}
    assert new.message == "It is being trained anew, not updated: It has no champion yet."


async def test_twice_in_vain_it_waits_for_a_person(make_works: Any) -> None:
    works = await make_works(1)
    plan = await works.plan()
    for state in (OccasionState.STOPPED, OccasionState.WILL_NOT_HELP):
        await works.turn_back(plan)
        await works.look()
        await works.end_run(plan, failing=works.ids)
        [last] = await works.occasions(plan)
        assert last.state is state
    assert last.message.startswith("Retraining will not help, because the last two runs on fresh rows")
    assert (await works.do(api.newest_occasions, works.ids))[works.ids[0]] == last
    await works.turn_back(plan)
    await works.look()
    assert await works.occasions(plan) == [last]
    await works.do(api.resume_plan, plan.id)
    async with works.platform.unit(works.tenant) as uow:  # its time comes, without forgetting that it was resumed
        row = await api.Plans(uow).locked(plan.id)
        row.next_due = utc_now()
        await uow.commit()
    await works.look()
    assert states(await works.occasions(plan)) == [OccasionState.RUNNING]


async def test_another_champion_lets_the_plan_go_on(make_works: Any) -> None:
    works = await make_works(1)
    plan = await works.plan()
    for _ in range(2):
        await works.turn_back(plan)
        await works.look()
        await works.end_run(plan, failing=works.ids)
    await works.new_champions(works.ids)
    await works.turn_back(plan)
    await works.look()
    assert states(await works.occasions(plan)) == [OccasionState.RUNNING]


async def test_a_regime_is_learned_once_when_it_is_old_enough(make_works: Any) -> None:
    works = await make_works(3)
    plan = await works.plan(REGIME)
    await works.turn_back(plan)
    began = utc_now() - timedelta(hours=13)
    young = NewEvent(works.ids[1], EventKind.PART_REPLACED, utc_now() - timedelta(hours=11))
    await works.do(events.record_events, [NewEvent(works.ids[0], EventKind.PART_REPLACED, began), young])
    await works.look()
    [one] = await works.occasions(plan)
    assert (one.asset_id, one.state, one.moment, one.start) == (works.ids[0], OccasionState.RUNNING, began, began)
    await works.look()
    assert len(await works.do(api.list_occasions, plan.id)) == 1


async def test_a_regime_from_before_the_plan_counts_for_nothing(make_works: Any) -> None:
    works = await make_works(1)
    event = NewEvent(works.ids[0], EventKind.PART_REPLACED, utc_now() - timedelta(hours=13))
    await works.do(events.record_events, [event])
    plan = await works.plan(REGIME)
    await works.look()
    assert await works.occasions(plan) == []


async def alarms(works: Any, number: int, asset: int = 0) -> None:
    """So many, an hour apart, the newest an hour ago; all cleared."""
    now = utc_now()
    async with works.platform.unit(works.tenant) as uow:
        known = {"tenant_id": works.tenant.id, "asset_id": works.ids[asset]}
        case = CaseRow(**known, title="Unlike before", opened_at=now, closed_at=now)
        uow.session.add(case)
        await uow.session.flush()
        for back in range(number):
            raised = now - timedelta(hours=1 + back)
            seen = {"rule": "score_high", "state": "cleared", "peak": 2.0, "top": []}
            uow.session.add(AlarmRow(**known, **seen, case_id=case.id, raised_at=raised, cleared_at=now))
        await uow.commit()


async def test_a_flood_of_alarms_comes_up_once_and_each_alarm_counts_once(make_works: Any) -> None:
    works = await make_works(2)
    plan = await works.plan(FLOOD)
    await works.turn_back(plan)
    await alarms(works, 4)
    await alarms(works, 3, asset=1)
    await works.look()
    [one] = await works.occasions(plan)
    assert (one.asset_id, one.state) == (works.ids[0], OccasionState.RUNNING)
    await works.end_run(plan)
    await works.look()
    assert len(await works.do(api.list_occasions, plan.id)) == 1


async def test_a_drift_that_is_held_comes_up_once_for_each_champion(make_works: Any) -> None:
    works = await make_works(3)
    champions = await works.new_champions(works.ids)
    plan = await works.plan(DRIFT)
    await drifts(works, champions, {works.ids[0]: 3, works.ids[1]: 2, works.ids[2]: 0})
    await works.look()
    [one] = await works.occasions(plan)
    assert (one.asset_id, one.state, one.end - one.start) == (works.ids[0], OccasionState.RUNNING, timedelta(days=30))
    await works.end_run(plan, failing=works.ids[:1])
    await drifts(works, champions, {works.ids[0]: 9, works.ids[1]: 2})
    await works.look()
    assert len(await works.do(api.list_occasions, plan.id)) == 1
    again = await works.new_champions(works.ids[:1])
    await drifts(works, again, {works.ids[0]: 3})
    await works.look()
    assert len(await works.do(api.list_occasions, plan.id)) == 2


async def test_a_drift_of_before_the_plan_counts_from_the_next_look(make_works: Any) -> None:
    works = await make_works(1)
    champions = await works.new_champions(works.ids)
    await drifts(works, champions, {works.ids[0]: 9})
    plan = await works.plan(DRIFT)
    await works.look()
    assert await works.occasions(plan) == []
    await drifts(works, champions, {works.ids[0]: 10})
    await works.look()
    [one] = await works.occasions(plan)
    assert one.moment == SINCE


async def drifts(works: Any, champions: dict[Any, Any], held: dict[Any, int]) -> None:
    """As looks write it: each asset drifts for so many looks, or does not."""
    async with works.platform.unit(works.tenant) as uow:
        for id_, looks in held.items():
            if (row := await uow.session.get(LookRow, (uow.tenant, id_))) is not None:
                await uow.session.delete(row)
                await uow.session.flush()
            since = SINCE if looks else None
            times = dict.fromkeys(("start", "end", "reference_start", "reference_end"), SINCE)
            known = {"version_id": champions[id_], "looked_at": utc_now(), "since": since, "signals_since": since}
            figures = {"rows": 9, "drifting": int(looks > 0), "score_drifts": False, "worst": 2.0, "looks": looks}
            uow.session.add(LookRow(tenant_id=uow.tenant, id=id_, **known, **times, **figures))
        await uow.commit()


async def test_a_paused_plan_starts_nothing_and_skips_what_came_up(make_works: Any) -> None:
    works = await make_works(1)
    plan = await works.plan()
    await works.turn_back(plan)
    paused = await works.do(api.pause_plan, plan.id)
    assert (paused.paused, paused.next_due) == (True, None)
    assert await works.do(api.pause_plan, plan.id) == paused
    await works.look()
    resumed = await works.do(api.resume_plan, plan.id)
    assert not resumed.paused
    assert resumed.next_due > utc_now()
    await works.look()
    assert await works.occasions(plan) == []


async def test_a_removed_plan_promotes_nothing_more(make_works: Any) -> None:
    works = await make_works(1)
    plan = await works.plan(promotion=Promotion.AUTOMATIC)
    await works.turn_back(plan)
    await works.look()
    [one] = await works.occasions(plan)
    await works.do(api.remove_plan, plan.id)
    await works.conclude(one.run_id)
    await works.note(one.run_id)
    assert await works.deployed() == {}
    for use_case in (api.remove_plan, api.pause_plan, api.resume_plan):
        with pytest.raises(PlanNotFound):
            await works.do(use_case, plan.id)


async def test_a_plan_is_said_anew(make_works: Any) -> None:
    works = await make_works(1)
    plan = await works.plan()
    new = NewPlan("Other " + works.hall, FLOOD, 14, asset_id=works.ids[0], promotion=Promotion.AUTOMATIC)
    changed = await works.do(api.change_plan, plan.id, new)
    assert (changed.name, changed.when, changed.lookback_days, changed.labels, changed.asset_id, changed.next_due) == (
        new.name,
        FLOOD,
        14,
        None,
        works.ids[0],
        None,
    )
    assert await works.do(api.get_plans, [plan.id]) == [changed]
    assert changed.since > plan.since


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"blueprint": "nothing"}, BlueprintNotFound),
        ({"labels": "hall ~ 3"}, LabelQueryInvalid),
        ({"labels": None, "asset_id": new_id()}, AssetNotFound),
        ({"lookback_days": 0}, PlanInvalid),
    ],
)
async def test_what_is_refused(make_works: Any, changes: dict[str, Any], error: type[DomainError]) -> None:
    works = await make_works(1)
    with pytest.raises(error):
        await works.plan(**changes)


async def test_a_name_is_of_one_plan(make_works: Any) -> None:
    works = await make_works(1)
    plan = await works.plan()
    with pytest.raises(PlanExists) as refused:
        await works.plan()
    assert refused.value.facts == {"plan": str(plan.id)}


async def test_an_operator_may_pause_a_plan_and_not_make_one(make_works: Any) -> None:
    works = await make_works(1)
    plan = await works.plan()
    operator = replace(works, principal=replace(works.principal, permissions=RIGHTS[Role.OPERATOR]))
    assert (await operator.do(api.pause_plan, plan.id)).paused
    assert not (await operator.do(api.resume_plan, plan.id)).paused
    with pytest.raises(Forbidden):
        await operator.plan(name="Mine")


async def test_a_look_at_many_assets_sends_as_many_statements_as_at_a_few(make_works: Any) -> None:
    async def sent(count: int) -> list[int]:
        works = await make_works(count)
        await works.new_champions(works.ids)
        plan = await works.plan(promotion=Promotion.AUTOMATIC)
        await works.turn_back(plan)
        with statements(works.platform.platform.database) as looked:
            await works.look(unfit=works.ids[:1])
        [_, other, *_] = await works.occasions(plan)
        await works.conclude(other.run_id, failing=works.ids[1:2])
        with statements(works.platform.platform.database) as noted:
            await works.note(other.run_id)
        await works.do(api.remove_plan, plan.id)
        return [len(looked), len(noted)]

    assert await sent(12) == await sent(3)


async def test_a_refusal_is_told_at_each_occasion(make_works: Any) -> None:
    works = await make_works(2)
    plan = await works.plan()
    await works.turn_back(plan)
    now = utc_now()
    await works.do(notice.notice, now)
    [group] = await works.do(steps.sort, now)
    async with works.platform.unit(works.tenant) as uow:
        await steps.refuse(uow, group, "The range is too long.", now)
        await uow.commit()
    assert {(one.state, one.message) for one in await works.occasions(plan)} == {
        (OccasionState.NOT_STARTED, "No run was started: The range is too long.")
    }


async def test_a_contract_that_changed_is_said_with_its_signals(make_works: Any) -> None:
    """The last of this file: a contract cannot be narrowed again."""
    works = await make_works(1)
    champions = await works.new_champions(works.ids)
    plan = await works.plan()
    added = Signal(f"added-{new_id().hex[-6:]}", "Added", "A", 0, 1, Importance.OPTIONAL)
    changed = replace(presses.CONTRACT, signals=(*presses.CONTRACT.signals, added))
    await works.do(assets.put_contract, changed)
    await works.turn_back(plan)
    await works.look()
    [one] = await works.occasions(plan)
    assert (one.state, one.run_id) == (OccasionState.WILL_NOT_HELP, None)
    assert f"the contract changed since the champion was trained (new: {added.key})" in one.message
    assert await works.deployed() == champions
    await works.turn_back(plan)
    await works.look()
    assert await works.occasions(plan) == [one]
