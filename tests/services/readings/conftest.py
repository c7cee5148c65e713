"""A small plant with a historian that files what is sent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import polars as pl
import pytest

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import ContractVersion, NewAsset
from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.rights import Principal
from services.readings import api, historian
from services.readings.contracts import BodyFormat, ErrorPolicy, IngestReceipt
from services.readings.history import tables

PUMPS = Contract(
    "pumps",
    "Pumps",
    (Signal("temperature", "T", "degC", -20.0, 150.0), Signal("pressure", "P", "bar", 0.0, 10.0)),
    1.0,
)


@dataclass(frozen=True)
class Plant:
    platform: Platform
    principal: Principal
    contract: ContractVersion
    assets: dict[str, UUID]

    async def send(
        self,
        body: bytes,
        form: BodyFormat = BodyFormat.NDJSON,
        policy: ErrorPolicy = ErrorPolicy.REJECT_FAILED_ROWS,
        **options: object,
    ) -> IngestReceipt:
        return await api.ingest(self.platform, self.principal, "pumps", body, form, policy, **options)  # pyright: ignore[reportArgumentType]

    async def history(self) -> pl.DataFrame:
        """Every stored row, once the historian has caught up, by asset and time."""
        await api.settled(self.platform, self.principal.tenant, self.contract.id)
        bucket = await self.platform.objects.bucket(self.principal.tenant)
        frame = tables.scan(bucket, subjects.history_table(self.contract.id))
        assert frame is not None
        return frame.sort("asset", "time").collect()


@pytest.fixture(scope="module")
async def plant(platform, tenant, principal) -> AsyncIterator[Plant]:
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, PUMPS)
        made = await assets.create_assets(
            uow, principal, [NewAsset(f"p{i}", f"Pump {i}", "Ulsan", "Line 1", "pumps") for i in range(5)]
        )
        await uow.commit()
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    yield Plant(platform.platform, principal, contract, {asset.key: asset.id for asset in made})
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)
