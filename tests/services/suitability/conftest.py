import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
from fans import FANS, ROWS, Fans, rows_of

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.readings import api as readings
from services.readings import historian
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.readings.history import settled


@pytest.fixture(scope="module")
async def fans(platform, tenant, principal) -> AsyncIterator[Fans]:
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, FANS)
        made = await assets.create_assets(
            uow, principal, [NewAsset(f"f{i}", f"Fan {i}", "Ulsan", "Line 1", FANS.key) for i in range(4)]
        )
        await uow.commit()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    for position in range(3):
        body = b"\n".join(orjson.dumps(row) for row in rows_of(position))
        receipt = await readings.ingest(
            platform.platform, principal, FANS.key, body, BodyFormat.NDJSON, ErrorPolicy.REJECT_EVERYTHING
        )
        assert receipt.stored == ROWS
    await settled(platform.platform, tenant.id, contract.id)
    yield Fans(platform.platform, principal, contract, {asset.key: asset.id for asset in made})
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)
