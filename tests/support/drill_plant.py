"""The demo plant's drills with a short history, and a training cluster in its box."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pytest

from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.blueprints import api as blueprints
from services.blueprints.host import installed
from services.enclaves import jobs as enclaves
from services.enclaves.contracts import ClusterKind, ClusterState
from services.readings import api as readings
from services.readings import historian
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.training.contracts import StartRun

ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)
MINUTES = 20


def as_arrow(plant: Any, contract: Any, rows: Any) -> bytes:
    keys = np.array([asset.key for asset in plant.assets])
    columns: dict[str, Any] = {
        "asset": pa.array(keys[rows.asset]),
        "time": pa.array(rows.time).cast(pa.timestamp("us", "UTC")),
    }
    for place, signal in enumerate(contract.signals):
        columns[signal.key] = pa.array(rows.values[:, place], from_pandas=True)
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


@pytest.fixture(scope="module")
async def drills(platform: Any, tenant: Any, principal: Any) -> Any:
    """Ids of the demo plant's drills, with their rows in the history."""
    plant = next(plant for plant in installed().demo_plants.values() if plant.contract == "laser-drill")
    contract = blueprints.everything().contracts[plant.contract]
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, principal, contract)
        new = [NewAsset(one.key, one.title, one.site, one.line, contract.key) for one in plant.assets]
        made = await assets.create_assets(uow, principal, new)
        await uow.commit()
    tasks = [
        asyncio.create_task(historian.consume(platform.platform, tenant.id)),
        asyncio.create_task(enclaves.keep_clusters(platform.platform, tenant.id)),
    ]
    rows = plant.simulate(ORIGIN, 1).rows(ORIGIN, ORIGIN + timedelta(minutes=MINUTES))
    body = as_arrow(plant, contract, rows)
    receipt = await readings.ingest(
        platform.platform, principal, contract.key, body, BodyFormat.ARROW, ErrorPolicy.IGNORE_FAILED
    )
    assert receipt.stored == receipt.received
    yield [asset.id for asset in made]
    await platform.platform.clusters.release(tenant.id, ClusterKind.TRAINING)
    deadline = time.monotonic() + 20
    while (await platform.platform.clusters.status(tenant.id, ClusterKind.TRAINING)).state is not ClusterState.STOPPED:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def drill_command(ids: Any, **changes: Any) -> StartRun:
    known = {"blueprint": "laser-drill-watch", "start": ORIGIN, "end": ORIGIN + timedelta(minutes=MINUTES)}
    return StartRun(asset_ids=tuple(ids), **(known | changes))


def driver_of_ours() -> psutil.Process:
    """The driver in the box; only descendants of this process are looked at."""
    family = psutil.Process().children(recursive=True)
    return next(one for one in family if "services.training.cluster.driver" in " ".join(one.cmdline()))
