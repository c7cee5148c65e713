"""Fixtures of rollouts: a tenant's presses, and an end of a run as training writes it."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from training_plant import plugin_folder
from works import END, Works

from services.kernel.uow import UnitOfWork
from services.rollouts import api, steps
from services.rollouts.contracts import Rollout, RolloutAsset, StartRollout
from services.rollouts.repository import Rollouts
from services.rollouts.tables import RolloutRow
from services.suitability.contracts import Fitting

__all__ = ["plugin_folder"]


class RolledOut(Works):
    """Presses that a blueprint is rolled out to."""

    async def start(self, *, unfit: Collection[UUID] = (), **changes: Any) -> Rollout:
        """Starts one, and the run of its first cohort."""
        return await self.advance(await self.do(api.start_rollout, self.command(**changes)), unfit)

    def command(self, **changes: Any) -> StartRollout:
        known: dict[str, Any] = {"blueprint": "press-coder", "start": END - timedelta(days=1), "end": END}
        return StartRollout(**(known | {"asset_ids": self.ids} | changes))

    async def assets(self, rollout: Rollout) -> list[RolloutAsset]:
        return await self.do(api.list_rollout_assets, rollout.id, 1000)

    async def again(self, rollout: Rollout) -> Rollout:
        return await self.do(api.get_rollout, rollout.id)

    async def advance(self, rollout: Rollout, unfit: Collection[UUID] = ()) -> Rollout:
        """The job that starts and resumes leave, but for the verdict, which is the test's."""
        async with self.platform.unit(self.tenant) as uow:
            asked = await steps.advance(uow, await self.row(uow, rollout))
            await uow.commit()
        if asked is not None:
            sentences = dict.fromkeys(set(unfit) & set(asked.asset_ids), "Too few rows.")
            async with self.platform.unit(self.tenant) as uow:
                await steps.start(uow, await self.row(uow, rollout), asked, Fitting(None, sentences))
                await uow.commit()
        return await self.again(rollout)

    async def end_run(self, rollout: Rollout, failing: Collection[UUID] = (), unfit: Collection[UUID] = ()) -> Rollout:
        """The present cohort is trained, the rollout told, and the next one's run started."""
        run_id = (await self.again(rollout)).run_id
        assert run_id is not None
        await self.conclude(run_id, failing)
        return await self.advance(rollout, unfit)

    async def row(self, uow: UnitOfWork, rollout: Rollout) -> RolloutRow:
        row = await Rollouts(uow).get(rollout.id, lock=True)
        assert row is not None
        return row


MakeWorks = Callable[..., Any]


@pytest.fixture
def make_works(platform: Any, tenant: Any, principal: Any, plugin_folder: Any) -> MakeWorks:
    async def make(count: int = 20) -> Works:
        return await RolledOut.build(platform, tenant, principal, count)

    return make
