"""News of other services becomes loops; committed, as the worker does it."""

from datetime import timedelta
from uuid import UUID

import pytest

from andon_sdk.plugin import Contract, Signal
from infra.registry import gather
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.ledger import api
from services.ledger.contracts import Begin, LoopStage, LoopState
from services.monitoring.tables import AlarmRow, CaseRow
from services.training.contracts import RunState
from services.training.tables import RunAssetRow, RunRow

pytestmark = pytest.mark.platform

DAY = timedelta(days=1)


@pytest.fixture
async def asset(platform, tenant, principal) -> UUID:
    name = f"j-{new_id().hex[-12:]}"
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, Contract(name, "C", (Signal("a", "A", "1", 0, 9),), 1.0))
        [made] = await assets.create_assets(uow, principal, [NewAsset(name, "Drill", "Ulsan", "Line", name)])
        await uow.commit()
    return made.id


@pytest.fixture
def tell(platform, tenant):
    """Runs what the ledger does about a piece of news."""
    background = gather()

    async def tell(news: str, sequence: int = 1, **payload) -> None:
        told = payload | {"news": {"sequence": sequence, "at": utc_now().isoformat()}}
        mine = [job for job in background.subscriptions[news] if job.startswith("ledger.")]
        assert len(mine) == 1
        await background.dispatch(platform.platform, mine[0], tenant.id, told)

    return tell


async def the_loop(platform, tenant, principal, asset):
    async with platform.unit(tenant) as uow:
        [loop] = await api.list_loops(uow, principal, asset)
    return loop


async def test_a_loop_moves_with_the_news(platform, tenant, principal, asset, tell):
    now, version = utc_now(), new_id()
    async with platform.unit(tenant) as uow:
        await events.record_event(uow, principal, NewEvent(asset, EventKind.PART_REPLACED, now - DAY, part="Lens"))
        await uow.commit()
    await tell("events.regimes_changed", asset_ids=[str(asset)])
    assert (await the_loop(platform, tenant, principal, asset)).stage is LoopStage.ORIENT
    run = RunRow(
        tenant_id=tenant.id, blueprint="b", blueprint_version="1", contract_id=new_id(), contract_version=1,
        start=now - DAY, end=now, parameters={}, seed=0, asset_count=1, created_by="Ada", state=RunState.QUEUED.value,
    )  # fmt: skip
    row = RunAssetRow(tenant_id=tenant.id, run_id=run.id, asset_id=asset, position=0)
    async with platform.unit(tenant) as uow:
        uow.session.add(run)
        await uow.session.flush()
        uow.session.add(row)
        await uow.commit()
    await tell("training.run_started", run_id=str(run.id))
    assert (await the_loop(platform, tenant, principal, asset)).stage is LoopStage.DECIDE
    async with platform.unit(tenant) as uow:
        run, row = await uow.session.merge(run), await uow.session.merge(row)
        run.state, run.ended_at, row.version_id, row.active = RunState.SUCCEEDED.value, utc_now(), version, False
        await uow.commit()
    await tell("training.run_ended", run_id=str(run.id), state="succeeded")
    assert (await the_loop(platform, tenant, principal, asset)).stage is LoopStage.ACT
    moved = {"asset_ids": [str(asset)], "version_ids": [str(version)]}
    await tell("serving.promoted", 7, **moved)
    closed = await the_loop(platform, tenant, principal, asset)
    assert (closed.state, closed.version_id) == (LoopState.CLOSED, version)
    await tell("serving.promoted", 7, **moved)
    assert await the_loop(platform, tenant, principal, asset) == closed
    await tell("serving.promotion_undone", 8, asset_ids=[str(asset)], version_ids=[str(new_id())])
    undone = await the_loop(platform, tenant, principal, asset)
    assert (undone.state, undone.stage, undone.steps_back) == (LoopState.OPEN, LoopStage.ORIENT, 1)


async def test_a_case_begins_a_loop_and_its_end_ends_it(platform, tenant, principal, asset, tell):
    now = utc_now()
    case = CaseRow(tenant_id=tenant.id, asset_id=asset, title="Hot", opened_at=now)
    async with platform.unit(tenant) as uow:
        uow.session.add(case)
        await uow.session.flush()
        uow.session.add(
            AlarmRow(tenant_id=tenant.id, asset_id=asset, case_id=case.id, rule="r", raised_at=now, peak=2.0, top=[])
        )
        await uow.commit()
    await tell("monitoring.cases_opened", case_ids=[str(case.id)])
    loop = await the_loop(platform, tenant, principal, asset)
    assert (loop.begun_by, loop.stage) == (Begin.ALARM, LoopStage.ORIENT)
    async with platform.unit(tenant) as uow:
        (await uow.session.merge(case)).closed_at = utc_now()
        await uow.commit()
    await tell("monitoring.cases_closed", case_ids=[str(case.id)])
    assert (await the_loop(platform, tenant, principal, asset)).state is LoopState.ABANDONED
