import asyncio
from collections.abc import AsyncIterator

import pytest
from bulk_plant import PUMPS, Plant

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.readings import historian


@pytest.fixture(scope="module")
async def plant(platform, tenant, principal) -> AsyncIterator[Plant]:
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, PUMPS)
        new = [NewAsset(f"p{i}", f"Pump {i}", "Ulsan", "Line 1", "pumps") for i in range(5)]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    yield Plant(platform.platform, principal, contract, {asset.key: asset.id for asset in made})
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)
