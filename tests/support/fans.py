"""Four fans with an hour and a half of readings each, of which f1's are spoilt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import orjson

from andon_sdk.plugin import Contract, Importance, Signal
from services.assets import api as assets
from services.assets.contracts import ContractVersion, NewAsset
from services.enclaves.platform import Platform
from services.kernel.rights import Principal
from services.readings import api as readings
from services.readings import historian
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.readings.history import settled

ROWS = 5_400
NOW = datetime.now(UTC).replace(microsecond=0)
ORIGIN = NOW - timedelta(seconds=ROWS + 600)
FANS = Contract(
    "suited-fans",
    "Fans",
    (
        Signal("speed", "Speed", "rpm", -9e6, 9e6, Importance.ESSENTIAL),
        Signal("current", "Current", "A", -9e6, 9e6),
    ),
    1.0,
)


def after(seconds: float) -> datetime:
    return ORIGIN + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Fans:
    platform: Platform
    principal: Principal
    contract: ContractVersion
    ids: dict[str, UUID]


def rows_of(position: int) -> list[dict]:
    """Without `speed` in the first 55 % for f1; f3 has none at all."""
    draws = np.random.default_rng(position)
    load = np.repeat(draws.normal(0, 1, ROWS // 30), 30)
    speed, current = 900 + 30 * load + draws.normal(0, 5, ROWS), 12 + load + draws.normal(0, 0.2, ROWS)
    found = []
    for k in range(ROWS if position < 3 else 0):
        row = {"asset": f"f{position}", "time": after(k).isoformat(), "current": float(current[k])}
        if position != 1 or k >= ROWS * 0.55:
            row["speed"] = float(speed[k])
        found.append(row)
    return found


@asynccontextmanager
async def stored(platform, tenant, principal) -> AsyncIterator[Fans]:
    """The fans with their rows in the history, as long as the context lasts."""
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
