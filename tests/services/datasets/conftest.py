"""A plant with a history to freeze."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import orjson
import pytest

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import ContractVersion, NewAsset
from services.enclaves.platform import Platform
from services.kernel.rights import Principal
from services.readings import api as readings
from services.readings import historian
from services.readings.contracts import BodyFormat, ErrorPolicy

FANS = Contract(
    "fans", "Fans", (Signal("speed", "S", "rpm", 0.0, 9_000.0), Signal("current", "I", "A", -50.0, 50.0)), 1.0
)


@dataclass(frozen=True)
class Plant:
    platform: Platform
    principal: Principal
    contract: ContractVersion
    assets: dict[str, UUID]

    async def send(self, rows: list[dict]) -> None:
        body = b"\n".join(orjson.dumps(row | {"time": row["time"].isoformat()}) for row in rows)
        receipt = await readings.ingest(
            self.platform, self.principal, "fans", body, BodyFormat.NDJSON, ErrorPolicy.REJECT_EVERYTHING
        )
        assert receipt.refused == 0


@pytest.fixture(scope="module")
async def plant(platform, tenant, principal) -> AsyncIterator[Plant]:
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, FANS)
        made = await assets.create_assets(
            uow, principal, [NewAsset(f"f{i}", f"Fan {i}", "Ulsan", "Line 1", "fans") for i in range(4)]
        )
        await uow.commit()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    yield Plant(platform.platform, principal, contract, {asset.key: asset.id for asset in made})
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)
