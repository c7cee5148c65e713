"""Fixtures of rollouts: a tenant's presses, and an end of a run as training writes it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import presses
import pytest
from training_plant import plugin_folder

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.ids import new_id
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion
from services.rollouts import api, jobs
from services.rollouts.contracts import Rollout, RolloutAsset, StartRollout
from services.serving import api as serving
from services.training.contracts import Gate, RunState
from services.training.repository import Runs

__all__ = ["plugin_folder"]

END = datetime(2026, 2, 1, tzinfo=UTC)
TRAINED = (RunState.FREEZING, RunState.STARTING, RunState.TRAINING, RunState.CHECKING)


@dataclass(frozen=True)
class Works:
    """Presses of one tenant, and what happens to them."""

    platform: Any
    tenant: Any
    principal: Any
    ids: tuple[UUID, ...]

    async def do(self, use_case: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """A use case in a unit of its own, committed."""
        async with self.platform.unit(self.tenant) as uow:
            answer = await use_case(uow, self.principal, *arguments, **named)
            await uow.commit()
        return answer

    async def start(self, **changes: Any) -> Rollout:
        known: dict[str, Any] = {"blueprint": "press-coder", "start": END - timedelta(days=1), "end": END}
        return await self.do(api.start_rollout, StartRollout(**(known | {"asset_ids": self.ids} | changes)))

    async def assets(self, rollout: Rollout) -> list[RolloutAsset]:
        return await self.do(api.list_rollout_assets, rollout.id, 1000)

    async def again(self, rollout: Rollout) -> Rollout:
        return await self.do(api.get_rollout, rollout.id)

    async def deployed(self) -> dict[UUID, UUID]:
        return {id_: row.champion for id_, row in (await self.do(serving.deployments, self.ids)).items()}

    async def new_challengers(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """Versions of a run of nobody's, by asset."""
        versions = await self.do(registry.register, _versions(new_id(), ids))
        await self.do(registry.set_aliases, [one.id for one in versions], Alias.CHALLENGER)
        return {one.asset_id: one.id for one in versions}

    async def new_champions(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        await self.do(serving.promote_many, promoted := await self.new_challengers(ids))
        return promoted

    async def conclude(self, run_id: UUID, failing: Collection[UUID] = ()) -> None:
        """Writes the run's end: those of `failing` are stopped by a gate, the others are challengers."""
        async with self.platform.unit(self.tenant) as uow:
            store = Runs(uow)
            run = await store.get(run_id, lock=True)
            ids = [row.asset_id for row in await store.run_assets(run_id)]
            for state in TRAINED:
                await store.move(run, state, END, "")
            gates = [Gate(id_, "held_out", id_ not in failing, 0.5, 0.1, f"Stopped: {id_ in failing}.") for id_ in ids]
            await store.replace_gates(run_id, gates)
            passed = [id_ for id_ in ids if id_ not in failing]
            versions = await registry.register(uow, self.principal, _versions(run_id, passed))
            await registry.set_aliases(uow, self.principal, [one.id for one in versions], Alias.CHALLENGER)
            await store.move(run, RunState.SUCCEEDED if passed else RunState.STOPPED, END, "")
            await uow.commit()

    async def fail(self, run_id: UUID) -> None:
        async with self.platform.unit(self.tenant) as uow:
            await Runs(uow).move(await Runs(uow).get(run_id, lock=True), RunState.FAILED, END, "The bucket is gone.")
            await uow.commit()

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


def _versions(run_id: UUID, ids: Collection[UUID]) -> list[NewVersion]:
    lineage = Lineage(run_id, "s", "press-coder", "1", "p", "x", new_id(), 1, {}, 0)
    return [NewVersion(id_, "d" * 64, index, lineage, {}) for index, id_ in enumerate(ids)]


MakeWorks = Callable[..., Any]


@pytest.fixture
def make_works(platform: Any, tenant: Any, principal: Any, plugin_folder: Any) -> MakeWorks:
    async def make(count: int = 20) -> Works:
        name = new_id().hex[-12:]
        async with platform.unit(tenant) as uow:
            await assets.put_contract(uow, principal, presses.CONTRACT)
            new = [NewAsset(f"{name}-{i}", f"Press {i}", "Works", "Hall", "press") for i in range(count)]
            made = await assets.create_assets(uow, principal, new)
            await uow.commit()
        return Works(platform, tenant, principal, tuple(asset.id for asset in made))

    return make
