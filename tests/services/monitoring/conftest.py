"""Scenes for the tests of monitoring."""

import pytest
from watch_scene import RULE, MakeScene, Scene

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel.ids import new_id
from services.kernel.rights import Principal
from services.kernel.uow import UnitOfWork
from services.monitoring.intake import Watching
from services.monitoring.repository import Watch


@pytest.fixture
def make_scene(uow: UnitOfWork, principal: Principal) -> MakeScene:
    async def make(count: int = 2) -> Scene:
        name = new_id().hex[-12:]
        signals = tuple(Signal(key, key, "1", -1e6, 1e6) for key in ("a", "b", "c"))
        contract = await assets.put_contract(uow, principal, Contract(f"c-{name}", "Contract", signals, 1.0))
        new = [NewAsset(f"{name}-{i}", f"Asset {i}", "Site", "Line", f"c-{name}") for i in range(count)]
        ids = [asset.id for asset in await assets.create_assets(uow, principal, new)]
        await Watch(uow).know(dict.fromkeys(ids, (contract.id, 60.0)))
        return Scene(uow, principal, ids, Watching(contract.id, contract.contract.keys, RULE, 60.0))

    return make
