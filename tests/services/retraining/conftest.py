"""Fixtures of retraining: a tenant's presses with plans, and the ends of their runs as training writes them."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from training_plant import plugin_folder
from works import Works

from services.assets import api as assets
from services.assets.contracts import Label
from services.kernel.clock import utc_now
from services.retraining import api, jobs, notice, steps
from services.retraining.contracts import NewPlan, Occasion, Plan, Trigger, When
from services.retraining.repository import Plans
from services.retraining.steps import Group, Verdict

__all__ = ["plugin_folder"]

WEEKLY = When(Trigger.INTERVAL, every_days=7, hour=2, zone="Europe/Vienna")


class Planned(Works):
    """Presses that plans retrain; `hall` is a label query that only they match."""

    @property
    def hall(self) -> str:
        return f"hall={self.ids[0].hex}"

    async def label(self) -> None:
        await self.do(assets.set_labels, self.ids, (Label("hall", self.ids[0].hex),), ())

    async def plan(self, when: When = WEEKLY, **changes: Any) -> Plan:
        known: dict[str, Any] = {"name": f"Plan of {self.ids[0].hex}", "labels": self.hall, "lookback_days": 30}
        return await self.do(api.create_plan, NewPlan(when=when, **(known | {"blueprint": "press-coder"} | changes)))

    async def turn_back(self, plan: Plan, by: timedelta = timedelta(minutes=1)) -> None:
        """As if the plan had been made a month ago and had come up just now."""
        async with self.platform.unit(self.tenant) as uow:
            row = await Plans(uow).locked(plan.id)
            row.since = utc_now() - timedelta(days=30)
            row.next_due = utc_now() - by if row.next_due else None
            await uow.commit()

    async def look(self, unfit: Collection[UUID] = ()) -> list[Group]:
        """As the job does, but for the verdict, which is the test's."""
        now = utc_now()
        await self.do(notice.notice, now)
        groups = await self.do(steps.sort, now)
        for group in groups:
            verdict = Verdict(group.asked, None, dict.fromkeys(set(unfit) & set(group.occasions), "Too few rows."))
            await self.do(steps.start, group, verdict, now)
        return groups

    async def occasions(self, plan: Plan) -> list[Occasion]:
        """The newest of each asset, in their order."""
        newest: dict[UUID, Occasion] = {}
        for one in await self.do(api.list_occasions, plan.id, 1000):
            newest.setdefault(one.asset_id, one)
        return [newest[id_] for id_ in self.ids if id_ in newest]

    async def note(self, run_id: UUID) -> None:
        """The news of the run's end arrives."""
        await jobs.note_run(self.platform.platform, self.tenant.id, {"run_id": str(run_id)})

    async def end_run(self, plan: Plan, failing: Collection[UUID] = ()) -> None:
        [run_id] = {one.run_id for one in await self.occasions(plan)}
        await self.conclude(run_id, failing)
        await self.note(run_id)


@pytest.fixture
def make_works(platform: Any, tenant: Any, principal: Any, plugin_folder: Any) -> Callable[..., Any]:
    async def make(count: int = 2) -> Planned:
        works = await Planned.build(platform, tenant, principal, count)
        await works.label()
        return works

    return make


@pytest.fixture(autouse=True)
async def no_other_plans(request: Any) -> None:
    """Plans of other tests of the tenant would come up too."""
    if request.node.get_closest_marker("platform") is None:
        return
    platform, tenant = request.getfixturevalue("platform"), request.getfixturevalue("tenant")
    principal = request.getfixturevalue("principal")
    async with platform.unit(tenant) as uow:
        for plan in await api.list_plans(uow, principal, 1000):
            await api.remove_plan(uow, principal, plan.id)
        await uow.commit()
