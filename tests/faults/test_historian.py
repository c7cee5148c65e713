"""kill -9 of the historian: no acknowledged row is lost, none is doubled."""

import asyncio
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.kernel import subjects
from services.readings import api, historian
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.readings.history import tables

SEED = 11
PROCESS = Path(__file__).parent / "historian_process.py"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
VALVES = Contract("valves", "Valves", (Signal("flow", "F", "L/min", 0.0, 1e9),), 1.0)


async def run_until_killed(home: Path, tenant, commits: int, where: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROCESS), str(tenant), str(commits), where, env={**os.environ, "ANDON_HOME": str(home)}
    )
    assert await asyncio.wait_for(process.wait(), 120) == -9


@pytest.mark.timeout(400)
async def test_killed_between_write_and_acknowledgement(platform, tenant, principal) -> None:
    async with platform.unit(tenant) as uow:
        contract = await assets.put_contract(uow, principal, VALVES)
        await assets.create_assets(uow, principal, [NewAsset(f"v{i}", "Valve", "S", "L", "valves") for i in range(3)])
        await uow.commit()
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    acknowledged = 0

    async def send_until(killed: asyncio.Task) -> None:
        nonlocal acknowledged
        while not killed.done():
            numbers = range(acknowledged, acknowledged + 50)
            lines = [
                f'{{"asset":"v{i % 3}","time":"{(BEGIN + timedelta(seconds=i)).isoformat()}","flow":{i}}}'
                for i in numbers
            ]
            body = "\n".join(lines).encode()
            receipt = await api.ingest(
                platform.platform, principal, "valves", body, BodyFormat.NDJSON, ErrorPolicy.REJECT_EVERYTHING
            )
            assert receipt.stored == 50
            acknowledged += 50
            await asyncio.sleep(0.05)

    for _ in range(3):
        where = chance.choice(["written", "writing"])
        killed = asyncio.create_task(run_until_killed(platform.state.home, tenant.id, chance.randint(1, 3), where))
        await send_until(killed)
        await killed
    filing = asyncio.create_task(historian.consume(platform.platform, tenant.id))
    await api.settled(platform.platform, tenant.id, contract.id)
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)
    bucket = await platform.platform.objects.bucket(tenant.id)
    frame = tables.scan(bucket, subjects.history_table(contract.id))
    assert frame is not None
    stored = frame.sort("time").collect()
    assert stored.height == acknowledged
    assert np.array_equal(stored["flow"].to_numpy(), np.arange(acknowledged, dtype=float))
    assert stored.select(pl.struct("asset", "time").n_unique()).item() == acknowledged
