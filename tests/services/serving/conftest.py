"""A small plant whose assets have three versions each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from andon_sdk.plugin import Contract, Importance, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.ids import new_id
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Lineage, NewVersion


@dataclass(frozen=True)
class Plant:
    contract_id: UUID
    contract_key: str
    assets: list[UUID]
    versions: list[list[UUID]]
    """By asset, oldest first."""


MakePlant = Callable[..., Awaitable[Plant]]


@pytest.fixture
def make_plant() -> MakePlant:
    async def make(uow: UnitOfWork, principal: Principal, count: int = 2, digest: str = "d" * 64) -> Plant:
        name = new_id().hex[-12:]
        signals = tuple(
            Signal(key, key, "1", -1e6, 1e6, Importance.ESSENTIAL if key == "a" else Importance.OPTIONAL)
            for key in ("a", "b", "c", "d")
        )
        contract = await assets.put_contract(uow, principal, Contract(f"c-{name}", "Contract", signals, 1.0))
        new = [NewAsset(f"{name}-{i}", f"Asset {i}", "Site", "Line", f"c-{name}") for i in range(count)]
        ids = [asset.id for asset in await assets.create_assets(uow, principal, new)]
        rounds = []
        for _ in range(3):
            lineage = Lineage(new_id(), "s", "b", "1", "p", "x", contract.id, contract.version, {}, 0)
            versions = [NewVersion(asset_id, digest, i, lineage, {}) for i, asset_id in enumerate(ids)]
            rounds.append([version.id for version in await registry.register(uow, principal, versions)])
        return Plant(contract.id, f"c-{name}", ids, [list(column) for column in zip(*rounds, strict=True)])

    return make
