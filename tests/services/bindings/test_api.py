"""Bindings on a real database; rows are counted, and runs ended, by the test."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import presses
import pytest
from sqlmodel import delete
from statements import statements
from works import END

from services.assets import api as assets
from services.assets.contracts import Label, NewAsset
from services.assets.errors import LabelQueryInvalid
from services.bindings import api, steps
from services.bindings.contracts import BindingState, NewRule
from services.bindings.errors import RuleExists, RuleNotFound
from services.bindings.repository import Bindings
from services.blueprints.errors import BlueprintNotFound, ParameterOutOfRange, UnknownParameter
from services.kernel.errors import DomainError, Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Role
from services.readings.contracts import Counted
from services.registry import api as registry
from services.registry.contracts import Alias
from services.registry.tables import AliasRow
from services.serving import api as serving
from services.suitability.contracts import Fitting
from services.training import api as training
from services.training.contracts import RunState, StartRun
from services.training.repository import Runs

pytestmark = pytest.mark.platform

WAITING, BORROWING, BORROWED = BindingState.WAITING, BindingState.BORROWING, BindingState.BORROWED
TRAINING, OWN = BindingState.TRAINING, BindingState.OWN


@pytest.fixture(autouse=True)
async def nobody_lends(platform: Any, tenant: Any) -> None:
    """Champions of other tests would."""
    async with platform.unit(tenant) as uow:
        await uow.session.execute(delete(AliasRow))
        await uow.commit()


async def test_a_rule_binds_what_matches_now_and_later(make_works: Any) -> None:
    works = await make_works(3, labelled=False)
    await works.label(works.ids[:2])
    rule = await works.rule()
    assert [one.asset_id for one in await works.bindings()] == list(works.ids[:2])
    await works.label(works.ids[2:])
    await works.match(works.ids[2])
    assert {(one.rule_id, one.state) for one in await works.bindings()} == {(rule.id, WAITING)}
    assert len(await works.bindings()) == 3
    assert await works.do(api.count_bindings, [rule.id]) == {rule.id: {WAITING: 3}}


async def test_assets_of_another_contract_are_not_bound(make_works: Any) -> None:
    works = await make_works(1)
    await works.do(assets.put_contract, replace(presses.CONTRACT, key="saw", title="Saw"))
    label = Label("hall", works.ids[0].hex)
    [saw] = await works.do(assets.create_assets, [NewAsset(new_id().hex, "Saw", "Works", "Hall", "saw", (label,))])
    rule = await works.rule()
    await works.match(saw.id)
    assert [one.asset_id for one in await works.do(api.list_bindings, rule.id)] == [works.ids[0]]


async def test_the_first_rule_has_the_asset_until_it_is_removed(make_works: Any) -> None:
    works = await make_works(1)
    first = await works.rule()
    second = await works.rule(f"{works.hall}, !retired")
    assert [one.rule_id for one in await works.bindings()] == [first.id]
    assert await works.do(api.remove_rule, first.id) == first
    await works.match()
    assert [one.rule_id for one in await works.bindings()] == [second.id]
    assert first not in await works.do(api.list_rules)


async def test_an_asset_that_matches_no_more_is_let_go(make_works: Any) -> None:
    works = await make_works(2)
    await works.rule()
    await works.do(assets.set_labels, works.ids[:1], (), ("hall",))
    await works.match(*works.ids)
    assert [one.asset_id for one in await works.bindings()] == [works.ids[1]]


async def test_a_champion_that_is_there_is_left_to_people(make_works: Any) -> None:
    works = await make_works(2)
    before = await works.new_champions(works.ids[:1])
    await works.rule()
    [there, new] = await works.bindings()
    assert (there.state, there.train_at, there.message) == (
        OWN,
        None,
        "Its champion was there before; the rule leaves it to people.",
    )
    assert new.state is WAITING
    await works.rows(500)
    assert (await works.bindings())[0] == there
    assert await works.deployed() == before


async def test_from_the_first_row_to_a_model_of_its_own(make_works: Any, lender: Any) -> None:
    works = await make_works(3)
    await works.rule(parameters={"epochs": 50.0})
    await works.rows(12)
    assert {(one.state, one.message) for one in await works.bindings()} == {
        (WAITING, "12 of 30 rows have come; then it borrows a model of the fleet.")
    }
    now = await works.rows(40)
    [run_id] = {one.run_id for one in await works.bindings()}
    run = await works.do(training.get_run, run_id)
    assert (run.borrows, run.asset_count, run.end) == (True, 3, now)
    assert {one.state for one in await works.bindings()} == {BORROWING}
    await works.end_run(lender=lender, failing=works.ids[2:])
    first, _, failed = await works.bindings()
    assert (first.state, first.message) == (
        BORROWED,
        "The model of Press 0 answers, adapted to its first 40 rows.",
    )
    assert (failed.state, failed.message) == (WAITING, "No model of the fleet could be lent: Stopped: True.")
    champions = await works.do(registry.aliased, works.ids, Alias.CHAMPION)
    assert {id_: one.lineage.borrowed_from for id_, one in champions.items()} == dict.fromkeys(works.ids[:2], lender)

    await works.rows(260)
    assert {one.state for one in await works.bindings()} == {TRAINING}
    run = await works.do(training.get_run, (await works.bindings())[0].run_id)
    assert (run.borrows, run.asset_count, run.parameters["epochs"]) == (False, 3, 50.0)
    await works.end_run(failing=works.ids[1:])
    own, borrowed, waiting = await works.bindings()
    assert (own.state, own.message, own.train_at) == (OWN, "Trained on 260 rows of its own.", 780)
    told = "No model of its own yet: Stopped: True. It is trained again at 520 rows."
    assert (borrowed.state, borrowed.message, borrowed.train_at) == (BORROWED, told, 520)
    assert (waiting.state, waiting.message, waiting.train_at) == (WAITING, told, 520)
    champions = await works.do(registry.aliased, works.ids, Alias.CHAMPION)
    assert [champions[id_].lineage.borrowed_from for id_ in works.ids[:2]] == [None, lender]

    await works.rows(520)
    assert [one.state for one in await works.bindings()] == [OWN, TRAINING, TRAINING]


async def test_without_a_fleet_the_first_model_is_its_own(make_works: Any) -> None:
    works = await make_works(1)
    await works.rule()
    await works.rows(40)
    assert [one.message for one in await works.bindings()] == ["40 of 250 rows have come; then it is trained on them."]
    await works.rows(250)
    assert [one.state for one in await works.bindings()] == [TRAINING]


async def test_at_most_eight_models_of_one_pack_are_tried(make_works: Any) -> None:
    fleet, works = await make_works(20), await make_works(1)
    champions = await fleet.new_champions(fleet.ids)
    await works.rule()
    await works.rows(40)
    async with works.platform.unit(works.tenant) as uow:
        [run_id] = {one.run_id for one in await works.bindings()}
        row = await Runs(uow).get(run_id)
    in_order = [str(champions[id_]) for id_ in fleet.ids]
    assert row.lenders == [in_order[place * 20 // 8] for place in range(8)]


async def test_what_a_person_promoted_meanwhile_stays(make_works: Any) -> None:
    works = await make_works(2)
    await works.rule()
    await works.rows(250)
    chosen = await works.new_champions(works.ids[:1])
    await works.end_run()
    by_hand, trained = await works.bindings()
    assert (by_hand.state, by_hand.train_at, by_hand.message) == (
        OWN,
        None,
        "A person chose another champion meanwhile; the rule leaves it to people.",
    )
    assert (await works.deployed())[works.ids[0]] == chosen[works.ids[0]]
    assert (trained.state, trained.train_at) == (OWN, 750)


async def test_its_own_champion_is_renewed(make_works: Any) -> None:
    works = await make_works(1)
    await works.rule()
    await works.rows(250)
    await works.end_run()
    first = await works.deployed()
    await works.rows(750)
    await works.end_run()
    assert await works.deployed() != first
    assert [(one.state, one.train_at) for one in await works.bindings()] == [(OWN, 2250)]


@pytest.mark.parametrize("borrows", [True, False])
async def test_a_run_that_failed_is_said_and_tried_at_twice_the_rows(
    make_works: Any, lender: Any, borrows: bool
) -> None:
    works = await make_works(1)
    await works.rule()
    await works.rows(40 if borrows else 250)
    [before] = await works.bindings()
    await works.fail(before.run_id)
    await works.note(before.run_id)
    [after] = await works.bindings()
    assert (after.state, after.run_id) == (WAITING, None)
    assert "The bucket is gone." in after.message
    assert after.train_at == (250 if borrows else 500)


async def test_an_asset_in_a_run_of_somebody_waits_for_its_end(make_works: Any) -> None:
    works = await make_works(2)
    await works.rule()
    by_hand = StartRun("press-coder", works.ids[:1], END - timedelta(days=1), END)
    run = await works.do(training.start_run, by_hand)
    await works.rows(250)
    waits, trained = await works.bindings()
    assert (waits.state, waits.run_id) == (WAITING, None)
    assert waits.message == "It is in a run that somebody started; the rule waits for its end."
    assert trained.state is TRAINING
    assert run.state is RunState.QUEUED


async def test_what_the_rows_do_not_suit_waits_for_better_ones(make_works: Any) -> None:
    works = await make_works(2)
    await works.rule()
    now = await works.rows(250, unfit=works.ids[:1])
    waits, trained = await works.bindings()
    assert (waits.state, waits.run_id, waits.train_at) == (WAITING, None, 250)
    assert waits.message == "It waits for better rows to be trained on: Dull."
    assert trained.state is TRAINING
    async with works.platform.unit(works.tenant) as uow:
        [row] = await Bindings(uow).of_assets(works.ids[:1])
    assert row.look_at == now + timedelta(seconds=125)
    await works.rows(250)
    assert [one.state for one in await works.bindings()] == [TRAINING, TRAINING]


async def test_none_is_trained_without_a_verdict(make_works: Any) -> None:
    works = await make_works(1)
    await works.rule()
    now = END + timedelta(days=3650)
    counted = {works.ids[0]: Counted(250, now - timedelta(seconds=250), now)}
    await works.do(steps.act, {works.ids[0]: works.contract_id}, counted, now, {})
    assert [(one.state, one.rows) for one in await works.bindings()] == [(WAITING, 250)]


async def test_rows_are_judged_as_they_are_and_here_are_none(make_works: Any) -> None:
    works = await make_works(1)
    found = await steps.judge(works.platform.platform, works.principal, works.ids, END)
    assert found == Fitting(
        None, {works.ids[0]: "The range has 0 rows; training wants 1,000, and cannot begin below 149."}
    )


async def test_news_that_comes_twice_change_nothing(make_works: Any) -> None:
    works = await make_works(1)
    await works.rule()
    await works.rows(250)
    [before] = await works.bindings()
    await works.end_run()
    after = await works.bindings(), await works.deployed()
    await works.note(before.run_id)
    assert (await works.bindings(), await works.deployed()) == after


async def test_a_removed_rule_promotes_nothing_more(make_works: Any) -> None:
    works = await make_works(1)
    rule = await works.rule()
    await works.rows(250)
    [binding] = await works.bindings()
    await works.do(api.remove_rule, rule.id)
    await works.conclude(binding.run_id)
    await works.note(binding.run_id)
    assert await works.deployed() == {}
    with pytest.raises(RuleNotFound):
        await works.do(api.remove_rule, rule.id)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"blueprint": "nothing"}, BlueprintNotFound),
        ({"labels": "hall ~ 3"}, LabelQueryInvalid),
        ({"parameters": {"epoch": 3.0}}, UnknownParameter),
        ({"parameters": {"epochs": -3.0}}, ParameterOutOfRange),
    ],
)
async def test_what_is_refused(make_works: Any, changes: dict[str, Any], error: type[DomainError]) -> None:
    works = await make_works(1)
    known = {"blueprint": "press-coder", "labels": works.hall}
    with pytest.raises(error):
        await works.do(api.create_rule, NewRule(**(known | changes)))


async def test_the_same_rule_twice_is_a_conflict_that_names_the_first(make_works: Any) -> None:
    works = await make_works(1)
    rule = await works.rule()
    with pytest.raises(RuleExists) as refused:
        await works.do(api.create_rule, NewRule("press-coder", f" {works.hall} "))
    assert refused.value.facts == {"rule": str(rule.id)}


async def test_who_may_not_edit_blueprints_makes_no_rule(make_works: Any) -> None:
    works = await make_works(1)
    operator = replace(works.principal, permissions=RIGHTS[Role.OPERATOR])
    with pytest.raises(Forbidden):
        await replace(works, principal=operator).do(api.create_rule, NewRule("press-coder", works.hall))


async def test_pages_of_bindings_and_those_in_a_state(make_works: Any) -> None:
    works = await make_works(3)
    rule = await works.rule()
    await works.rows(250, works.ids[1])
    first = await works.do(api.list_bindings, rule.id, 2)
    rest = await works.do(api.list_bindings, rule.id, 2, first[-1].id)
    assert {one.asset_id for one in first + rest} == set(works.ids)
    assert [one.asset_id for one in await works.do(api.list_bindings, rule.id, state=TRAINING)] == [works.ids[1]]


async def test_a_step_over_many_assets_sends_as_many_statements_as_over_a_few(make_works: Any, lender: Any) -> None:
    async def sent(count: int) -> list[int]:
        works = await make_works(count)
        database = works.platform.platform.database
        counts: list[int] = []
        with statements(database) as seen:
            await works.rule()
        counts.append(len(seen))
        for rows, how in ((40, {"lender": lender}), (250, {})):
            with statements(database) as seen:
                await works.rows(rows)
            counts.append(len(seen))
            [run_id] = {one.run_id for one in await works.bindings()}
            await works.conclude(run_id, **how)
            with statements(database) as seen:
                await works.note(run_id)
            counts.append(len(seen))
        await works.do(api.remove_rule, (await works.bindings())[0].rule_id)
        return counts

    assert await sent(12) == await sent(3)


async def test_serving_may_undo_what_a_rule_promoted(make_works: Any, lender: Any) -> None:
    works = await make_works(1)
    await works.rule()
    await works.rows(40)
    await works.end_run(lender=lender)
    borrowed = await works.deployed()
    await works.rows(250)
    await works.end_run()
    await works.do(serving.undo_promotion, works.ids[0])
    assert await works.deployed() == borrowed
