"""Fixtures of rollouts: a tenant's presses, and an end of a run as training writes it."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from training_plant import plugin_folder
from works import END, Works

from services.rollouts import api, jobs
from services.rollouts.contracts import Rollout, RolloutAsset, StartRollout

__all__ = ["plugin_folder"]


class RolledOut(Works):
    """Presses that a blueprint is rolled out to."""

    async def start(self, **changes: Any) -> Rollout:
        known: dict[str, Any] = {"blueprint": "press-coder", "start": END - timedelta(days=1), "end": END}
        return await self.do(api.start_rollout, StartRollout(**(known | {"asset_ids": self.ids} | changes)))

    async def assets(self, rollout: Rollout) -> list[RolloutAsset]:
        return await self.do(api.list_rollout_assets, rollout.id, 1000)

    async def again(self, rollout: Rollout) -> Rollout:
        return await self.do(api.get_rollout, rollout.id)

    async def note(self, run_id: UUID) -> None:
        """The news of the run's end arrives."""
        await jobs.note_run(self.platform.platform, self.tenant.id, {"run_id": str(run_id)})

    async def advance(self, rollout: Rollout) -> Rollout:
        """The job that a resume leaves."""
        await jobs.advance(self.platform.platform, self.tenant.id, {"rollout_id": str(rollout.id)})
        return await self.again(rollout)

    async def end_run(self, rollout: Rollout, failing: Collection[UUID] = ()) -> Rollout:
        """The present cohort is trained and the rollout told."""
        run_id = (await self.again(rollout)).run_id
        assert run_id is not None
        await self.conclude(run_id, failing)
        await self.note(run_id)
        return await self.again(rollout)


MakeWorks = Callable[..., Any]


@pytest.fixture
def make_works(platform: Any, tenant: Any, principal: Any, plugin_folder: Any) -> MakeWorks:
    async def make(count: int = 20) -> Works:
        return await RolledOut.build(platform, tenant, principal, count)

    return make
