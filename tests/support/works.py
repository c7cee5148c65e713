"""Presses of one tenant on the real database, and the ends of their runs as training writes them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import presses

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.ids import new_id
from services.registry import api as registry
from services.registry.contracts import Alias, Lineage, NewVersion
from services.serving import api as serving
from services.training.contracts import Gate, RunState
from services.training.repository import Runs

END = datetime(2026, 2, 1, tzinfo=UTC)
TRAINED = (RunState.FREEZING, RunState.STARTING, RunState.TRAINING, RunState.CHECKING)


@dataclass(frozen=True)
class Works:
    """Presses, and what happens to them."""

    platform: Any
    tenant: Any
    principal: Any
    contract_id: UUID
    ids: tuple[UUID, ...]

    @classmethod
    async def build(cls, platform: Any, tenant: Any, principal: Any, count: int) -> "Works":
        name = new_id().hex[-12:]
        async with platform.unit(tenant) as uow:
            contract = await assets.put_contract(uow, principal, presses.CONTRACT)
            new = [NewAsset(f"{name}-{i}", f"Press {i}", "Works", "Hall", "press") for i in range(count)]
            made = await assets.create_assets(uow, principal, new)
            await uow.commit()
        return cls(platform, tenant, principal, contract.id, tuple(asset.id for asset in made))

    async def do(self, use_case: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """A use case in a unit of its own, committed."""
        async with self.platform.unit(self.tenant) as uow:
            answer = await use_case(uow, self.principal, *arguments, **named)
            await uow.commit()
        return answer

    async def deployed(self) -> dict[UUID, UUID]:
        return {id_: row.champion for id_, row in (await self.do(serving.deployments, self.ids)).items()}

    async def new_challengers(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        """Versions of a run of nobody's, by asset."""
        versions = await self.do(registry.register, self.versions(new_id(), ids))
        await self.do(registry.set_aliases, [one.id for one in versions], Alias.CHALLENGER)
        return {one.asset_id: one.id for one in versions}

    async def new_champions(self, ids: Collection[UUID]) -> dict[UUID, UUID]:
        await self.do(serving.promote_many, promoted := await self.new_challengers(ids))
        return promoted

    async def conclude(self, run_id: UUID, failing: Collection[UUID] = (), lender: UUID | None = None) -> None:
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
            versions = await registry.register(uow, self.principal, self.versions(run_id, passed, lender))
            await registry.set_aliases(uow, self.principal, [one.id for one in versions], Alias.CHALLENGER)
            await store.move(run, RunState.SUCCEEDED if passed else RunState.STOPPED, END, "")
            await uow.commit()

    async def fail(self, run_id: UUID) -> None:
        async with self.platform.unit(self.tenant) as uow:
            await Runs(uow).move(await Runs(uow).get(run_id, lock=True), RunState.FAILED, END, "The bucket is gone.")
            await uow.commit()

    def versions(self, run_id: UUID, ids: Collection[UUID], lender: UUID | None = None) -> list[NewVersion]:
        lineage = Lineage(run_id, "s", "press-coder", "1", "p", "x", self.contract_id, 1, {}, 0)
        made = replace(lineage, borrowed_from=lender)
        return [NewVersion(id_, "d" * 64, index, made, {}) for index, id_ in enumerate(ids)]
