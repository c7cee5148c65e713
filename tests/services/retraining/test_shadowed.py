"""Plans that promote what was watched beside the champion."""

from datetime import timedelta
from typing import Any

import pytest
from shadow_plant import values, write_scores
from statements import statements

from services.audit import api as audit
from services.audit.contracts import AuditQuery
from services.kernel.clock import utc_now
from services.registry import api as registry
from services.registry.contracts import Alias
from services.retraining import shadowed
from services.retraining.contracts import OccasionState, Plan, Promotion
from services.retraining.repository import Change, Plans
from services.serving import api as serving

pytestmark = pytest.mark.platform

WOLF = values(*((start, start + 8) for start in range(20, 1400, 48)))
CALM = values()


async def watched(works: Any) -> Plan:
    """Its run has ended, and its versions score beside the champions."""
    await works.new_champions(works.ids)
    plan = await works.plan(promotion=Promotion.AFTER_SHADOW)
    await works.turn_back(plan)
    await works.look()
    await works.end_run(plan)
    challengers = await works.do(registry.aliased, works.ids, Alias.CHALLENGER)
    await works.do(serving.shadow_challengers, [one.id for one in challengers.values()])
    return plan


async def an_hour_later(works: Any) -> None:
    async with works.platform.unit(works.tenant) as uow:
        store = Plans(uow)
        changes = [Change.of(row) for row in await store.shadowed()]
        for one in changes:
            one.looked_at = utc_now() - timedelta(hours=1)
        await store.write(changes)
        await uow.commit()
    await look(works)


async def look(works: Any) -> None:
    await shadowed.look(works.platform.platform, works.tenant.id)


async def write(works: Any, said: list[Any]) -> None:
    serves = await works.do(serving.deployments, works.ids)
    pairs = [(id_, serves[id_].champion, serves[id_].shadows[0]) for id_ in works.ids]
    await write_scores(works.platform.platform, works.principal, works.contract_id, pairs, said)


async def test_what_agreed_is_promoted_and_what_did_not_is_stopped(make_works: Any) -> None:
    works = await make_works(4)
    plan = await watched(works)
    before = await works.occasions(plan)
    assert [one.state for one in before] == [OccasionState.SHADOWED] * 4
    assert before[0].message.startswith("Its version passed every gate and is watched beside the champion")
    serves = await works.do(serving.deployments, works.ids)
    await write(works, [(WOLF, CALM), (CALM, WOLF), (CALM, CALM), (CALM, CALM)])
    await look(works)
    assert await works.occasions(plan) == before
    chosen = await works.new_champions(works.ids[3:])
    await an_hour_later(works)
    better, worse, open_, other = await works.occasions(plan)
    assert (better.state, better.message) == (
        OccasionState.PROMOTED,
        "The shadow agreed, and its version answers now. 23 false alarms fewer; enough to call it better.",
    )
    assert (worse.state, worse.message) == (
        OccasionState.SHADOW_WORSE,
        "The shadow did not agree: the champion stays, the shadow ended. "
        "23 false alarms more; enough to call it worse.",
    )
    assert (open_.state, open_.ended_at) == (OccasionState.SHADOWED, None)
    assert open_.message.startswith("It is watched beside the champion. No difference so far; about ")
    assert (other.state, "somebody chose another champion" in other.message) == (OccasionState.PASSED, True)
    after = await works.do(serving.deployments, works.ids)
    now = [after[id_] for id_ in works.ids]
    was = [serves[id_] for id_ in works.ids]
    assert [one.champion for one in now] == [
        was[0].shadows[0], was[1].champion, was[2].champion, chosen[works.ids[3]],
    ]  # fmt: skip
    assert [one.shadows for one in now] == [(), (), was[2].shadows, was[3].shadows]
    assert now[0].previous == was[0].champion
    [told] = [
        one
        for one in await works.do(audit.list_records, AuditQuery(action="retraining.promote_after_shadow"))
        if one.actor_name == f"Plan “{plan.name}”"
    ]
    assert told.actor_kind == "system"
    await an_hour_later(works)
    assert [one.state for one in await works.occasions(plan)] == [
        better.state, worse.state, open_.state, other.state,
    ]  # fmt: skip
    await works.turn_back(plan)
    await works.look()
    assert [(one.state, "still watched" in one.message) for one in await works.occasions(plan)][2] == (
        OccasionState.NOT_STARTED, True,
    )  # fmt: skip


async def test_a_shadow_that_was_ended_by_hand_and_a_first_champion_wait_for_a_person(make_works: Any) -> None:
    works = await make_works(2)
    await works.new_champions(works.ids[:1])
    plan = await works.plan(promotion=Promotion.AFTER_SHADOW)
    await works.turn_back(plan)
    await works.look()
    await works.end_run(plan)
    [shadow, first] = await works.occasions(plan)
    assert (shadow.state, first.state) == (OccasionState.SHADOWED, OccasionState.PASSED)
    assert "there is no champion to watch it beside" in first.message
    await an_hour_later(works)
    [shadow, _] = await works.occasions(plan)
    assert (shadow.state, "no shadow of the champion any more" in shadow.message) == (OccasionState.PASSED, True)


async def test_a_look_at_many_sends_as_many_statements_as_at_a_few(make_works: Any) -> None:
    counted = []
    for count in (2, 6):
        works = await make_works(count)
        await watched(works)
        await write(works, [(WOLF, CALM)] * count)
        with statements(works.platform.platform.database) as seen:
            await an_hour_later(works)
        counted.append(len(seen))
    assert counted[0] == counted[1] > 0
