"""A new regime on a real database: alarms end and are muted, a case waits, and a model that fits ends all of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from statements import statements
from watch_scene import START, MakeScene, Scene

from services.events import api as events
from services.events.contracts import Correction, Event, EventKind, NewEvent, Recovery
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.rights import system_principal
from services.monitoring import api
from services.monitoring.contracts import AlarmState, CaseState, Health
from services.monitoring.repository import Watch
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion
from services.training.contracts import RunState
from services.training.tables import RunAssetRow, RunRow

pytestmark = pytest.mark.platform

HIGH = [(0, 1, 2.0), (0, 2, 2.0)]
"""Rows that raise an alarm of the first asset."""


class Regimes:
    """What may happen to the assets of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.uow, self.principal = scene, scene.uow, scene.principal

    async def replaced(
        self, second: int = 100, part: str = "Lens", assets: Sequence[UUID] | None = None
    ) -> list[Event]:
        time = START + timedelta(seconds=second)
        ids = assets or self.scene.assets[:1]
        new = [NewEvent(id_, EventKind.PART_REPLACED, time, part=part) for id_ in ids]
        made = await events.record_events(self.uow, self.principal, new)
        await self.follow()
        return made

    async def follow(self) -> None:
        await self.uow.session.flush()
        await api.follow_regimes(self.uow, system_principal(self.uow.tenant), self.scene.assets)
        self.uow.session.expire_all()

    async def run(self, first: int, last: int, *, ended: bool = True, assets: Sequence[UUID] | None = None) -> UUID:
        """A run over those seconds."""
        ids, now = assets or self.scene.assets[:1], utc_now()
        between = [START + timedelta(seconds=second) for second in (first, last)]
        state = RunState.SUCCEEDED if ended else RunState.TRAINING
        run = RunRow(
            tenant_id=self.uow.tenant, blueprint="b", blueprint_version="1", contract_id=new_id(), contract_version=1,
            start=between[0], end=between[1], parameters={}, seed=0, asset_count=len(ids), state=state.value,
            created_by="Ada", created_at=now, heartbeat_at=now,
        )  # fmt: skip
        self.uow.session.add(run)
        await self.uow.session.flush()
        rows = [
            RunAssetRow(tenant_id=self.uow.tenant, run_id=run.id, asset_id=id_, position=place, active=not ended)
            for place, id_ in enumerate(ids)
        ]
        self.uow.session.add_all(rows)
        await self.uow.session.flush()
        return run.id

    async def version(self, first: int, last: int, alias: Alias, assets: Sequence[UUID] | None = None) -> UUID:
        """Versions trained on those seconds get the alias; answers that of the first asset."""
        ids = assets or self.scene.assets[:1]
        run = await self.run(first, last, assets=ids)
        lineage = Lineage(run, "s", "b", "1", "p", "x", new_id(), 1, {}, 0)
        new = [NewVersion(id_, "d" * 64, place, lineage, {}) for place, id_ in enumerate(ids)]
        made = await registry.register(self.uow, self.principal, new)
        await registry.set_aliases(self.uow, self.principal, [version.id for version in made], alias)
        return made[0].id

    async def recovery(self) -> Recovery | None:
        asset = self.scene.assets[0]
        return (await events.regimes(self.uow, self.principal, [asset]))[asset][-1].recovery


@pytest.fixture
async def scene(make_scene: MakeScene) -> Scene:
    """Two assets that a champion trained before second 0 watches."""
    made = await make_scene()
    await Regimes(made).version(-1_000, 0, Alias.CHAMPION, made.assets)
    await made.take([(0, 0, 0.1), (1, 0, 0.1)])
    return made


async def test_a_replaced_part_begins_anew_and_its_retraction_goes_back(scene: Scene) -> None:
    regimes = Regimes(scene)
    await scene.take(HIGH)
    [case] = await scene.cases()
    [event] = await regimes.replaced()
    [alarm] = await scene.alarms()
    assert (alarm.state, alarm.cleared_because, alarm.cleared_at, alarm.cleared_by) == (
        AlarmState.CLEARED, "regime_changed", START + timedelta(seconds=100), event.id,
    )  # fmt: skip
    [waiting] = await scene.cases()
    assert (waiting.id, waiting.state, waiting.retrain_for, waiting.next_step) == (
        case.id, CaseState.OPEN, event.id, "Choose dates since the change and train.",
    )  # fmt: skip
    assert await scene.take([(0, 98, 9.0), (0, 99, 9.0), (0, 100, 2.0)]) == []
    await regimes.follow()
    await events.retract_event(scene.uow, scene.principal, event.id)
    await regimes.follow()
    [again] = await scene.alarms()
    assert (again.id, again.state, again.cleared_at, again.cleared_by) == (alarm.id, AlarmState.ACTIVE, None, None)
    [case] = await scene.cases()
    assert (case.state, case.next_step) == (CaseState.OPEN, None)
    assert await scene.take([(0, 50, 9.0)]) == []
    assert (await scene.alarms())[0].peak == 9.0


async def test_a_case_is_opened_for_it_and_closed_when_the_event_is_taken_back(scene: Scene) -> None:
    regimes = Regimes(scene)
    [event] = await regimes.replaced()
    [case] = await scene.cases()
    assert (case.title, case.state, case.alarms, case.closes_at) == (
        "Lens replaced: a new model is needed", CaseState.OPEN, 0, None,
    )  # fmt: skip
    assert await Watch(scene.uow).close_quiet(utc_now() + timedelta(days=9)) == []
    await events.retract_event(scene.uow, scene.principal, event.id)
    await regimes.follow()
    [case] = await scene.cases()
    assert (case.state, case.closed_because, case.closed_by, case.retrain_for) == (
        CaseState.CLOSED, "event_retracted", None, event.id,
    )  # fmt: skip


async def test_what_the_old_champion_says_is_muted_with_the_reason(scene: Scene) -> None:
    regimes = Regimes(scene)
    [event] = await regimes.replaced()
    changes = await scene.take([(0, 101, 2.0), (0, 102, 2.0), (1, 101, 2.0), (1, 102, 2.0)])
    assert [(change.asset_id, change.state) for change in changes] == [
        (scene.assets[0], "shelved"), (scene.assets[1], "active"),
    ]  # fmt: skip
    [muted] = await scene.alarms()
    assert (muted.state, muted.muted_by) == (AlarmState.SHELVED, event.id)
    assert muted.shelved_until is not None
    assert timedelta(days=2.9) < muted.shelved_until - utc_now() <= timedelta(days=3)
    assert await scene.health() == [Health.NORMAL, Health.ALARM]
    [back] = [row for row in await Watch(scene.uow).unshelve_due(muted.shelved_until) if row.id == muted.id]
    assert back.state == "active"


async def test_an_alarm_that_was_muted_is_back_when_the_event_is_taken_back(scene: Scene) -> None:
    regimes = Regimes(scene)
    [event] = await regimes.replaced()
    await scene.take([(0, 101, 2.0), (0, 102, 2.0)])
    await events.retract_event(scene.uow, scene.principal, event.id)
    await regimes.follow()
    [alarm] = await scene.alarms()
    assert (alarm.state, alarm.muted_by, alarm.shelved_until) == (AlarmState.ACTIVE, None, None)
    assert [case.state for case in await scene.cases()] == [CaseState.OPEN]


async def test_a_person_takes_a_muted_alarm_over(scene: Scene) -> None:
    regimes = Regimes(scene)
    [event] = await regimes.replaced()
    await scene.take([(0, 101, 2.0), (0, 102, 2.0)])
    [alarm] = await scene.alarms()
    back = await api.unshelve(scene.uow, scene.principal, alarm.id)
    assert (back.state, back.muted_by) == (AlarmState.ACTIVE, None)
    until = utc_now() + timedelta(days=1)
    await api.shelve(scene.uow, scene.principal, alarm.id, until)
    await events.retract_event(scene.uow, scene.principal, event.id)
    await regimes.follow()
    [shelved] = await scene.alarms()
    assert (shelved.state, shelved.shelved_until, shelved.muted_by) == (AlarmState.SHELVED, until, None)


async def test_the_way_to_recovery_and_back(scene: Scene) -> None:
    regimes, uow, principal = Regimes(scene), scene.uow, scene.principal
    assert await regimes.recovery() is None
    await regimes.replaced()
    await scene.take([(0, 101, 2.0), (0, 102, 2.0)])
    assert await regimes.recovery() is Recovery.NEEDS_MODEL
    await regimes.run(0, 110, ended=False)
    await regimes.follow()
    assert await regimes.recovery() is Recovery.NEEDS_MODEL
    version = await regimes.version(100, 200, Alias.CHALLENGER)
    await regimes.follow()
    assert await regimes.recovery() is Recovery.SHADOW
    assert [case.next_step for case in await scene.cases()] == [
        "Compare the new version with the champion, and promote it."
    ]
    old = (await registry.aliased(uow, principal, scene.assets[:1], Alias.CHAMPION))[scene.assets[0]]
    await registry.set_aliases(uow, principal, [version], Alias.CHAMPION)
    await registry.clear_aliases(uow, principal, [version], Alias.CHALLENGER)
    await regimes.follow()
    assert await regimes.recovery() is Recovery.RECOVERED
    [alarm] = await scene.alarms()
    assert (alarm.state, alarm.cleared_because) == (AlarmState.CLEARED, "regime_changed")
    [case] = await scene.cases()
    assert (case.state, case.closed_because, case.next_step) == (CaseState.CLOSED, "recovered", None)
    assert [change.state for change in await scene.take([(0, 201, 2.0), (0, 202, 2.0)])] == ["active"]
    await registry.set_aliases(uow, principal, [old.id], Alias.CHAMPION)
    await regimes.follow()
    assert await regimes.recovery() is Recovery.NEEDS_MODEL
    assert (await scene.cases())[0].next_step == "Choose dates since the change and train."


async def test_a_wrong_event_taken_back_leaves_a_recovered_machine_as_it_was(scene: Scene) -> None:
    regimes = Regimes(scene)
    await regimes.replaced(second=-900)
    await scene.take(HIGH)
    [before] = await scene.alarms()
    [wrong] = await regimes.replaced(second=100, part="Belt")
    assert [alarm.state for alarm in await scene.alarms()] == [AlarmState.CLEARED]
    await events.retract_event(scene.uow, scene.principal, wrong.id)
    await regimes.follow()
    assert await regimes.recovery() is Recovery.RECOVERED
    assert await scene.alarms() == [before]
    assert [(case.state, case.next_step) for case in await scene.cases()] == [(CaseState.OPEN, None)]


async def test_a_run_over_rows_of_the_regime_is_a_step_of_it(scene: Scene) -> None:
    regimes = Regimes(scene)
    await regimes.replaced()
    await regimes.run(100, 200, ended=False)
    await regimes.follow()
    assert await regimes.recovery() is Recovery.RETRAINING


async def test_an_event_told_late_leaves_a_champion_alone_that_knows_it(scene: Scene) -> None:
    regimes = Regimes(scene)
    await scene.take(HIGH)
    before = await scene.alarms()
    await regimes.replaced(second=-900)
    assert await regimes.recovery() is Recovery.RECOVERED
    assert await scene.alarms() == before
    assert [case.retrain_for for case in await scene.cases()] == [None]


async def test_an_earlier_event_told_late_changes_nothing_about_alarms(scene: Scene) -> None:
    regimes = Regimes(scene)
    [later] = await regimes.replaced(second=100)
    await scene.take([(0, 101, 2.0), (0, 102, 2.0)])
    before, [case] = await scene.alarms(), await scene.cases()
    await regimes.replaced(second=10, part="Belt")
    assert await scene.alarms() == before
    assert [(each.id, each.retrain_for) for each in await scene.cases()] == [(case.id, later.id)]


async def test_a_corrected_time_moves_from_when_rows_count(scene: Scene) -> None:
    regimes = Regimes(scene)
    [event] = await regimes.replaced(second=100)
    said = Correction(EventKind.PART_REPLACED, START + timedelta(seconds=200), part="Lens")
    await events.correct_event(scene.uow, scene.principal, event.id, said)
    await regimes.follow()
    assert await scene.take([(0, 150, 2.0), (0, 151, 2.0)]) == []
    assert len(await scene.take([(0, 201, 2.0), (0, 202, 2.0)])) == 1
    assert len(await scene.cases()) == 1


async def test_a_machine_without_a_model_has_none_to_mute(make_scene: MakeScene) -> None:
    scene = await make_scene()
    regimes = Regimes(scene)
    await regimes.replaced()
    assert await regimes.recovery() is Recovery.NEEDS_MODEL
    assert await scene.cases() == []
    await regimes.version(0, 50, Alias.CHAMPION)
    await Watch(scene.uow).deployed(scene.assets[:1], utc_now())
    await regimes.follow()
    assert [case.title for case in await scene.cases()] == ["Lens replaced: a new model is needed"]


async def test_a_person_may_close_the_case_without_a_model(scene: Scene) -> None:
    regimes = Regimes(scene)
    await regimes.replaced()
    [case] = await scene.cases()
    await api.close_case(scene.uow, scene.principal, case.id)
    await regimes.follow()
    [closed] = await scene.cases()
    assert (closed.state, closed.closed_by, closed.next_step) == (CaseState.CLOSED, scene.principal.name, None)


async def test_hundreds_of_machines_cost_the_statements_of_a_few(make_scene: MakeScene, platform: Any) -> None:
    assert len({await _statements(platform, await make_scene(size)) for size in (3, 300)}) == 1


async def _statements(platform: Any, scene: Scene) -> tuple[int, ...]:
    """For a part replaced in every machine, and for taking all of that back."""
    regimes = Regimes(scene)
    await regimes.version(-1_000, 0, Alias.CHAMPION, scene.assets)
    size = range(len(scene.assets))
    assert len(await scene.take([(number, second, 2.0) for second in range(3) for number in size])) == len(size)
    await scene.uow.session.flush()
    counts = []
    with statements(platform.platform.database) as sent:
        made = await regimes.replaced(assets=scene.assets)
        counts.append(len(sent))
    assert [case.retrain_for for case in await scene.cases(-1)] == [made[-1].id]
    for event in made:
        await events.retract_event(scene.uow, scene.principal, event.id)
    with statements(platform.platform.database) as sent:
        await regimes.follow()
        counts.append(len(sent))
    assert [alarm.state for alarm in await scene.alarms(-1)] == [AlarmState.ACTIVE]
    return tuple(counts)
