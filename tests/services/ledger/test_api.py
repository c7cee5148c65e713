"""Loops as rows on a real database, derived from what other services keep."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select
from statements import statements

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.events import api as events
from services.events.contracts import Event, EventKind, NewEvent
from services.kernel.clock import utc_now
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.ledger import api
from services.ledger.contracts import LoopEnd, LoopStage, LoopState, Spell, Spread
from services.ledger.errors import MonthsInvalid
from services.ledger.model import FactKind
from services.ledger.repository import Ledger
from services.ledger.tables import LoopRow
from services.monitoring.tables import AlarmRow, CaseRow
from services.training.contracts import RunState
from services.training.tables import RunAssetRow, RunRow

pytestmark = pytest.mark.platform
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATED = ["six months", "four weeks"]


class Plant:
    """Assets, and what may happen to them; times are days before now."""

    def __init__(self, uow: UnitOfWork, principal: Principal) -> None:
        self.uow, self.principal, self.system = uow, principal, system_principal(uow.tenant)
        self.now, self.news = utc_now(), 0
        self.ids: list[UUID] = []

    async def machines(self, count: int) -> "Plant":
        name = f"l-{new_id().hex[-12:]}"
        contract = Contract(name, "Drill", (Signal("flow", "Flow", "l/min", 0.0, 40.0),), period_s=1.0)
        await assets.put_contract(self.uow, self.principal, contract)
        new = [NewAsset(f"{name}-{number}", "Drill", "Ulsan", "Line 1", name) for number in range(count)]
        self.ids = [asset.id for asset in await assets.create_assets(self.uow, self.principal, new)]
        return self

    def at(self, days: float) -> datetime:
        return self.now - days * DAY

    async def replaced(self, days: float) -> list[Event]:
        time = self.at(days)
        new = [NewEvent(id_, EventKind.PART_REPLACED, time, part="Lens") for id_ in self.ids]
        return await events.record_events(self.uow, self.principal, new)

    async def run(self, chosen: float, ended: float | None, state: RunState = RunState.SUCCEEDED) -> list[UUID | None]:
        """Over rows of the hour before it was chosen; answers the versions."""
        run = RunRow(
            tenant_id=self.uow.tenant, blueprint="watch", blueprint_version="1", contract_id=new_id(),
            contract_version=1, start=self.at(chosen) - HOUR, end=self.at(chosen), parameters={}, seed=0,
            asset_count=len(self.ids), state=state.value, created_by="Ada", created_at=self.at(chosen),
            ended_at=None if ended is None else self.at(ended), heartbeat_at=self.now,
        )  # fmt: skip
        self.uow.session.add(run)
        await self.uow.session.flush()
        made = [new_id() if state is RunState.SUCCEEDED else None for _ in self.ids]
        self.uow.session.add_all(
            RunAssetRow(
                tenant_id=self.uow.tenant, run_id=run.id, asset_id=id_, position=place, active=ended is None,
                version_id=version,
            )
            for place, (id_, version) in enumerate(zip(self.ids, made, strict=True))
        )  # fmt: skip
        await self.uow.session.flush()
        return made

    async def told(self, days: float, versions: Sequence[UUID | None], kind: FactKind = FactKind.PROMOTED) -> None:
        self.news += 1
        ids = [version for version in versions if version is not None]
        await api.note_news(self.uow, self.system, self.news, self.at(days), kind, self.ids, ids)

    async def case(self, opened: float, closed: float | None) -> None:
        case = CaseRow(
            tenant_id=self.uow.tenant, asset_id=self.ids[0], title="Hot", opened_at=self.at(opened),
            closed_at=None if closed is None else self.at(closed),
        )  # fmt: skip
        self.uow.session.add(case)
        await self.uow.session.flush()
        ended = None if closed is None else self.at(closed)
        alarm = AlarmRow(
            tenant_id=self.uow.tenant, asset_id=self.ids[0], case_id=case.id, rule="hot", raised_at=self.at(opened),
            cleared_at=ended, peak=2.0, top=[],
        )  # fmt: skip
        self.uow.session.add(alarm)
        await self.uow.session.flush()

    async def follow(self) -> None:
        await self.uow.session.flush()
        await api.follow(self.uow, self.system, self.ids)

    async def rows(self) -> list[dict[str, object]]:
        found = await self.uow.session.exec(select(LoopRow).execution_options(populate_existing=True))
        return sorted((row.model_dump() for row in found if row.asset_id in self.ids), key=str)


@pytest.fixture
async def plant(uow, principal) -> Plant:
    return await Plant(uow, principal).machines(1)


async def loops(plant: Plant, **of):
    return await api.list_loops(plant.uow, plant.principal, plant.ids[0], **of)


async def test_a_loop_is_kept_from_change_to_champion(plant):
    [event] = await plant.replaced(10)
    versions = await plant.run(5, 4)
    await plant.told(2, versions)
    [loop] = await loops(plant)
    assert (loop.id, loop.state, loop.version_id) == (event.id, LoopState.CLOSED, versions[0])
    assert (loop.changed_at, loop.noticed_at, loop.live_at) == (plant.at(10), plant.at(5), plant.at(2))
    days = {stage: seconds / 86_400 for stage, seconds in api.dwells(loop).items()}
    assert days == {LoopStage.OBSERVE: 5, LoopStage.ORIENT: 0, LoopStage.DECIDE: 1, LoopStage.ACT: 2}
    assert await loops(plant, open=True) == []


async def test_deriving_again_changes_nothing_and_a_retracted_event_leaves_nothing(plant):
    [event] = await plant.replaced(10)
    await plant.told(2, await plant.run(5, 4))
    before = await plant.rows()
    await plant.follow()
    await plant.follow()
    assert await plant.rows() == before
    await events.retract_event(plant.uow, plant.principal, event.id)
    await plant.follow()
    assert await loops(plant) == []


async def test_the_same_news_counts_once(plant):
    await plant.replaced(10)
    versions = await plant.run(5, 4)
    await plant.told(2, versions)
    before = await plant.rows()
    plant.news -= 1
    await plant.told(1, versions)
    assert await plant.rows() == before


async def test_a_case_without_a_change_begins_a_loop(plant):
    await plant.case(3, None)
    await plant.follow()
    [loop] = await loops(plant, open=True)
    assert (loop.stage, loop.changed_at) == (LoopStage.ORIENT, plant.at(3))
    assert loop.noticed_at - plant.now < timedelta(seconds=30)  # when the alarm's row was made


async def test_pages_go_from_the_newest_change_on(plant):
    await plant.replaced(10)
    await plant.replaced(5)
    await plant.follow()
    newest, oldest = await loops(plant)
    assert (newest.changed_at, oldest.end) == (plant.at(5), LoopEnd.SUPERSEDED)
    assert await loops(plant, first=1) == [newest]
    assert await loops(plant, after=(newest.changed_at, newest.id)) == [oldest]


async def test_the_summary_of_an_asset(plant):
    empty = await api.summary(plant.uow, plant.principal, 12, plant.ids[0])
    assert (empty.closed, empty.open, empty.bottleneck, empty.success_rate) == (0, 0, None, None)
    assert (empty.total, empty.months, [one.within for one in empty.stated]) == (Spread(None, None), (), [None, None])
    await plant.replaced(100)
    await plant.run(95, 94, RunState.STOPPED)
    await plant.told(60, await plant.run(92, 91))
    found = await api.summary(plant.uow, plant.principal, 12, plant.ids[0])
    days = [stage.spread.median and stage.spread.median / 86_400 for stage in found.stages]
    assert days == [5, 2, 2, 31]
    assert (found.bottleneck, found.closed, found.steps_back) == (LoopStage.ACT, 1, 1)
    assert [stage.share for stage in found.stages] == pytest.approx([5 / 40, 2 / 40, 2 / 40, 31 / 40])
    assert [(month.loops, month.total) for month in found.months] == [(1, Spread(40 * 86_400, 40 * 86_400))]
    assert [(one.name, one.within) for one in found.stated] == list(zip(STATED, [1, 0], strict=True))
    assert (found.judged, found.healthy, found.success_rate) == (1, 1, 1.0)
    assert (await api.summary(plant.uow, plant.principal, 1, plant.ids[0])).closed == 0
    assert (await api.summary(plant.uow, plant.principal, 12, None, "watch")).closed == 1
    assert (await api.summary(plant.uow, plant.principal, 12, None, "other")).closed == 0


async def test_an_open_case_thirty_days_later_is_no_success(plant):
    await plant.replaced(100)
    await plant.told(60, await plant.run(92, 91))
    await plant.case(40, 20)
    found = await api.summary(plant.uow, plant.principal, 12, plant.ids[0])
    assert (found.judged, found.healthy, found.success_rate) == (1, 0, 0.0)


async def test_hands_on_time_is_what_was_worked_while_a_loop_was_open(plant):
    asset = plant.ids[0]

    async def work(days: float, *seconds: int) -> int:
        spells = [Spell(asset, plant.at(days), each) for each in seconds]
        await Ledger(plant.uow).add_hands_on(spells)
        return sum(seconds)

    await plant.replaced(100)
    version = await plant.run(92, 91)  # whoever started it had noticed the change
    await work(93, 50)
    during = await work(92, 60, 60) + await work(91.5, 45)
    await work(90, 60)
    await plant.told(90, version)
    await plant.replaced(20)  # and nobody worked on that
    await plant.follow()
    newest, oldest = await loops(plant)
    assert (newest.hands_on_s, oldest.hands_on_s) == (None, during)
    found = await api.summary(plant.uow, plant.principal, 12, asset)
    assert (found.counted, found.hands_on) == (1, Spread(during, during))


async def test_work_of_several_people_and_reports_adds_up(plant):
    other = (await Plant(plant.uow, plant.principal).machines(1)).ids[0]
    await plant.replaced(0.01)
    await plant.follow()
    work = ((plant.ids[0], 30), (plant.ids[0], 15), (other, 60))
    spells = [Spell(asset, utc_now(), seconds) for asset, seconds in work]
    assert [await api.note_hands_on(plant.uow, plant.principal, spells) for _ in range(2)] == [105, 105]
    assert [loop.hands_on_s for loop in await loops(plant)] == [90]


@pytest.mark.parametrize("months", [0, 37])
async def test_months_out_of_bounds_are_refused(plant, months):
    with pytest.raises(MonthsInvalid, match="Ask for 1 to 36 months"):
        await api.summary(plant.uow, plant.principal, months)


async def test_only_the_platform_derives(plant):
    with pytest.raises(Forbidden):
        await api.follow(plant.uow, plant.principal, plant.ids)
    with pytest.raises(Forbidden):
        await api.note_news(plant.uow, plant.principal, 1, plant.now, FactKind.PROMOTED, plant.ids, plant.ids)


async def test_statements_do_not_grow_with_assets(uow, principal, platform):
    counts = []
    for number in (1, 1000):
        plant = await Plant(uow, principal).machines(number)
        await plant.replaced(10)
        versions = await plant.run(5, 4)
        await uow.session.flush()
        plant.news = number
        with statements(platform.platform.database) as sent:
            await plant.told(2, versions)
        counts.append(len(sent))
        closed = await uow.session.exec(select(LoopRow).where(LoopRow.state == "closed"))
        assert len([row for row in closed if row.asset_id in set(plant.ids)]) == number
    assert counts == [9, 9]
