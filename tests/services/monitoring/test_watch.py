"""Blocks of scores on a real database: alarms, cases, health, people's hands."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event
from watch_scene import START, VERSION, MakeScene, Scene, scores

from services.assets import api as assets
from services.assets.contracts import AssetQuery
from services.kernel import wire
from services.kernel.clock import utc_now
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role
from services.monitoring import api
from services.monitoring.contracts import AlarmState, CaseState, Health
from services.monitoring.errors import AlarmIsCleared, AlarmIsShelved, CaseHasAlarms, ShelvedTooLong
from services.monitoring.intake import champions, take_in
from services.monitoring.model import CASE_QUIET
from services.monitoring.repository import Watch

pytestmark = pytest.mark.platform


async def test_raised_gathered_in_a_case_and_cleared(make_scene: MakeScene) -> None:
    scene = await make_scene()
    assert await scene.take([(0, 1, 1.5), (1, 1, 0.2)]) == []
    raised = await scene.take([(0, 2, 2.5), (1, 2, 1.2), (0, 3, 3.5)])
    assert [(change.asset_id, change.state) for change in raised] == [(scene.assets[0], "active")]
    alarm = (await scene.alarms())[0]
    assert (alarm.rule, alarm.state, alarm.raised_at) == ("hot", AlarmState.ACTIVE, START + timedelta(seconds=2))
    assert (alarm.peak, alarm.top, alarm.cleared_at) == (3.5, (("c", 0.75), ("a", 0.25)), None)
    assert await scene.health() == [Health.ALARM, Health.NORMAL]
    cleared = await scene.take([(0, 4, 0.5), (0, 5, 0.5)])
    assert [(change.alarm_id, change.state) for change in cleared] == [(alarm.id, "cleared")]
    alarm = (await scene.alarms())[0]
    assert (alarm.state, alarm.cleared_because) == (AlarmState.CLEARED, "recovered")
    assert alarm.cleared_at == START + timedelta(seconds=5)
    assert await scene.health() == [Health.NORMAL, Health.NORMAL]
    await scene.take([(0, 6, 2.0), (0, 7, 2.0)])
    cases = await api.list_cases(scene.uow, scene.principal, asset_id=scene.assets[0])
    assert [(case.title, case.alarms, case.opened_at) for case in cases] == [("Runs hot", 2, alarm.raised_at)]


async def test_several_episodes_in_one_block(make_scene: MakeScene) -> None:
    scene = await make_scene()
    values = [2.0, 2.0, 0.1, 0.1, 3.0, 3.0, 0.1, 0.1, 4.0, 4.0]
    changes = await scene.take([(0, second, value) for second, value in enumerate(values)])
    assert [change.state for change in changes] == ["active", "cleared", "active", "cleared", "active"]
    alarms = await scene.alarms()
    assert [(alarm.peak, alarm.state) for alarm in alarms] == [
        (4.0, AlarmState.ACTIVE), (3.0, AlarmState.CLEARED), (2.0, AlarmState.CLEARED)
    ]  # fmt: skip


async def test_health_blind_silent_no_model_and_counts(make_scene: MakeScene) -> None:
    scene = await make_scene(4)
    before = await api.health_counts(scene.uow, scene.principal)
    await scene.take([(0, 1, None), (1, 1, 0.5)])
    await scene.take([(2, 1, 0.5)], seen=utc_now() - timedelta(seconds=61))
    assert await scene.health() == [Health.BLIND, Health.NORMAL, Health.SILENT, Health.NO_MODEL]
    counts = await api.health_counts(scene.uow, scene.principal)
    assert {health: counts[health] - before[health] for health in Health} == {
        Health.ALARM: 0, Health.SILENT: 1, Health.BLIND: 1, Health.NORMAL: 1, Health.NO_MODEL: -3
    }  # fmt: skip
    query = AssetQuery(among=await api.assets_in(scene.uow, scene.principal, Health.BLIND))
    assert scene.assets[0] in {asset.id for asset in await assets.list_assets(scene.uow, scene.principal, query)}
    blind = (await api.health_of(scene.uow, scene.principal, scene.assets))[scene.assets[0]]
    assert (blind.value, blind.coverage, blind.missing, blind.version) == (None, 0.5, ("b", "c"), VERSION)


async def test_a_late_row_does_not_become_the_newest(make_scene: MakeScene) -> None:
    scene = await make_scene()
    await scene.take([(0, 10, 0.5)])
    await scene.take([(0, 4, 0.9)])
    scene.uow.session.expire_all()
    row = (await api.health_of(scene.uow, scene.principal, scene.assets))[scene.assets[0]]
    assert (row.value, row.last_row_at) == (0.5, START + timedelta(seconds=10))


async def test_shadows_raise_nothing(make_scene: MakeScene) -> None:
    scene = await make_scene()
    batch = scores([(scene.assets[0], second, 9.0) for second in range(5)], wire.ROLE_SHADOW)
    assert await take_in(scene.uow, scene.watching, champions([batch]), utc_now()) == []
    assert await scene.alarms() == []


async def test_hands_on_an_alarm(make_scene: MakeScene) -> None:
    scene = await make_scene()
    uow, principal = scene.uow, scene.principal
    await scene.take([(0, 1, 2.0), (0, 2, 2.0)])
    alarm = (await scene.alarms())[0]
    seen = await api.acknowledge(uow, principal, alarm.id)
    assert (seen.state, seen.acknowledged_by) == (AlarmState.ACKNOWLEDGED, "Ada")
    assert await scene.health() == [Health.ALARM, Health.NO_MODEL]
    with pytest.raises(ShelvedTooLong):
        await api.shelve(uow, principal, alarm.id, utc_now() - timedelta(seconds=1))
    until = utc_now() + timedelta(hours=1)
    shelved = await api.shelve(uow, principal, alarm.id, until)
    assert (shelved.state, shelved.shelved_until) == (AlarmState.SHELVED, until)
    assert (await scene.health())[0] is Health.NORMAL
    with pytest.raises(AlarmIsShelved):
        await api.acknowledge(uow, principal, alarm.id)
    assert await Watch(uow).unshelve_due(utc_now()) == []
    assert [row.id for row in await Watch(uow).unshelve_due(until)] == [alarm.id]
    assert (await scene.alarms())[0].state is AlarmState.ACKNOWLEDGED
    with pytest.raises(CaseHasAlarms):
        await api.close_case(uow, principal, alarm.case_id)
    await scene.take([(0, 3, 0.1), (0, 4, 0.1)])
    await scene.alarms()
    with pytest.raises(AlarmIsCleared):
        await api.acknowledge(uow, principal, alarm.id)
    closed = await api.close_case(uow, principal, alarm.case_id)
    assert closed.closed_at is not None
    partner = Principal(principal.tenant, new_id(), "member", "Pia", RIGHTS[Role.PARTNER], Role.PARTNER)
    with pytest.raises(Forbidden):
        await api.shelve(uow, partner, alarm.id, until)


QUIET_S = int(CASE_QUIET.total_seconds())


async def test_a_case_closes_by_itself_after_a_quiet_time(make_scene: MakeScene) -> None:
    scene = await make_scene()
    store = Watch(scene.uow)
    await scene.take([(0, 1, 2.0), (0, 2, 2.0)])
    assert [(case.state, case.closes_at) for case in await scene.cases()] == [(CaseState.OPEN, None)]
    await store.close_quiet(START + timedelta(days=9))
    assert [case.state for case in await scene.cases()] == [CaseState.OPEN], "an alarm is on, however long"
    await scene.take([(0, 3, 0.1), (0, 4, 0.1)])
    quiet = START + timedelta(seconds=4) + CASE_QUIET
    assert [(case.state, case.closes_at) for case in await scene.cases()] == [(CaseState.CLEARED, quiet)]
    await store.close_quiet(quiet - timedelta(seconds=1))
    before = await scene.cases()
    assert [case.state for case in before] == [CaseState.CLEARED]
    assert await store.close_quiet(quiet) == [case.id for case in before]
    closed = [(case.state, case.closes_at, case.closed_at, case.closed_by) for case in await scene.cases()]
    assert closed == [(CaseState.CLOSED, None, quiet, None)]
    assert await store.close_quiet(quiet) == []


async def test_an_alarm_that_returns_soon_opens_its_case_again_whoever_closed_it(make_scene: MakeScene) -> None:
    scene = await make_scene()
    await scene.episode(2)
    [case] = await scene.cases()
    closed = await api.close_case(scene.uow, scene.principal, case.id)
    assert (closed.state, closed.closed_by) == (CaseState.CLOSED, "Ada")
    await scene.episode(4 + QUIET_S - 1)
    [again] = await scene.cases()
    assert (again.id, again.state, again.alarms) == (case.id, CaseState.CLEARED, 2)
    assert (again.closed_at, again.closed_by) == (None, None)


async def test_an_alarm_after_a_quiet_time_opens_a_new_case_though_nobody_closed_the_old(make_scene: MakeScene) -> None:
    scene = await make_scene()
    await scene.episode(2)
    await scene.episode(4 + QUIET_S)
    new, old = await scene.cases()
    assert (new.state, new.alarms, old.state, old.alarms) == (CaseState.CLEARED, 1, CaseState.CLOSED, 1)
    await api.close_case(scene.uow, scene.principal, new.id)
    await scene.episode(100 + 3 * QUIET_S)
    assert [case.state for case in await scene.cases()] == [CaseState.CLEARED, CaseState.CLOSED, CaseState.CLOSED]


async def test_a_late_alarm_from_long_before_does_not_open_a_closed_case(make_scene: MakeScene) -> None:
    scene = await make_scene()
    await scene.episode(3 * QUIET_S)
    [case] = await scene.cases()
    await api.close_case(scene.uow, scene.principal, case.id)
    await scene.episode(2)
    assert {each.id: each.alarms for each in await scene.cases()}[case.id] == 1


async def test_pages_and_states(make_scene: MakeScene) -> None:
    scene = await make_scene()
    values = [2.0, 2.0, 0.1, 0.1] * 3
    await scene.take([(0, second, value) for second, value in enumerate([*values, 2.0, 2.0])])
    everything = await scene.alarms()
    assert len(everything) == 4
    asset = scene.assets[0]
    first = await api.list_alarms(scene.uow, scene.principal, asset, first=3)
    rest = await api.list_alarms(scene.uow, scene.principal, asset, after=first[-1].id)
    assert [*first, *rest] == everything
    cleared = await api.list_alarms(scene.uow, scene.principal, asset, [AlarmState.CLEARED])
    assert cleared == everything[1:]


async def test_a_block_of_thousands_of_assets_costs_a_fixed_number_of_statements(make_scene: MakeScene) -> None:
    assert [await statements_of(await make_scene(size)) for size in (3, 300)] == [6, 6]


async def statements_of(scene: Scene) -> int:
    """Statements for a block that raises an alarm of every asset."""
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    engine: Any = scene.uow.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    size = len(scene.assets)
    rows = [(number, second, 2.0) for second in range(3) for number in range(size)]
    assert len(await scene.take(rows)) == size
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_champions_rows_only_in_order() -> None:
    a, b = new_id(), new_id()
    table = champions([scores([(a, 1, 1.0)]), scores([(b, 1, 2.0)], wire.ROLE_SHADOW), scores([(b, 2, 3.0)])])
    assert table["asset"].to_pylist() == [str(a), str(b)]
    assert np.array_equal(table["value"].to_numpy(), np.array([1.0, 3.0], np.float32))
