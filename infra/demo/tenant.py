"""A demo tenant: members, the plant of a plugin, its history and its first models, all through the services' doors."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import structlog

from andon_sdk.plugin import Contract, DemoPlant
from andon_sdk.plugin.demo import DemoRows, Simulation
from infra.demo.diary import Diary
from services.assets import api as assets
from services.assets.contracts import AssetQuery, NewAsset
from services.blueprints import api as blueprints
from services.blueprints.host import installed
from services.enclaves import api as enclaves
from services.enclaves.platform import Platform
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel.rights import Permission, Principal, Role, system_principal
from services.readings import api as readings
from services.readings.contracts import BodyFormat, ErrorPolicy
from services.registry import api as registry
from services.registry.contracts import Alias
from services.serving import api as serving
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant
from services.tenancy.errors import TenantNotFound
from services.training import api as training
from services.training.contracts import ENDED, Run, StartRun

CONTRACT = "laser-drill"
BACKFILL_EVERY_S = 300.0
_BACKFILL_SLICE = timedelta(days=2)
_MOST_ASSETS = 1000
_LOOK_EVERY_S = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DemoTenant:
    tenant: Tenant
    principal: Principal
    plant: DemoPlant
    contract: Contract
    simulation: Simulation


def plant() -> tuple[DemoPlant, Contract]:
    """The laser drills of the installed plugin. Raises `LookupError` when it is not installed."""
    plants = [one for one in installed().demo_plants.values() if one.contract == CONTRACT]
    contracts = [one for one in blueprints.offered_contracts() if one.key == CONTRACT]
    if not plants or not contracts:
        raise LookupError("No installed plugin offers the laser drills. Run `make install`, or `andon up --no-demo`.")
    return plants[0], contracts[0]


async def ensure(platform: Platform, slug: str, name: str, seed: int, diary: Diary) -> DemoTenant:
    """Makes the tenant with its members, contract, assets and key for the door, as far as it is not there."""
    offered, contract = plant()
    try:
        tenant = await tenancy.tenant_by_slug(platform.database, slug)
    except TenantNotFound:
        tenant = await tenancy.create_tenant(platform.database, slug, name)
    principal = system_principal(tenant.id)
    async with platform.database.unit(tenant.id) as uow:
        if not await tenancy.list_members(uow, principal):
            for person, role in (("Ada Admin", Role.ADMIN), ("Omar Operator", Role.OPERATOR)):
                email = f"{role.value}@{slug}.example"
                await tenancy.add_member(uow, principal, email, person, role, None)
        await assets.put_contract(uow, principal, contract)
        if not await assets.list_assets(uow, principal, AssetQuery(first=1)):
            new = [NewAsset(one.key, one.title, one.site, one.line, contract.key) for one in offered.assets]
            await assets.create_assets(uow, principal, new)
        if not diary.key:
            made = await tenancy.create_api_key(uow, principal, "demo feed", {Permission.INGEST})
            diary.key = made.secret
        await uow.commit()
    await enclaves.ensure_enclave(platform, tenant.id)
    return DemoTenant(tenant, principal, offered, contract, offered.simulate(diary.began, seed))


def to_arrow(demo: DemoTenant, rows: DemoRows) -> bytes:
    """An Arrow IPC stream as a client would send it: asset keys, times, a column a signal, nothing where NaN was."""
    keys = pa.DictionaryArray.from_arrays(pa.array(rows.asset, pa.int32()), [one.key for one in demo.plant.assets])
    columns: list[pa.Array] = [keys, pa.array(rows.time, pa.timestamp("us", "UTC"))]
    columns += [pa.array(rows.values[:, i], pa.float64(), from_pandas=True) for i in range(rows.values.shape[1])]
    names = ["asset", "time", *(signal.key for signal in demo.contract.signals)]
    batch = pa.RecordBatch.from_arrays(columns, names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


async def backfill(platform: Platform, demo: DemoTenant, diary: Diary) -> int:
    """Sends the history through the door, coarsely; returns how many rows were stored."""
    stored = 0
    for start, end in _slices(diary.began, diary.history):
        rows = await asyncio.to_thread(demo.simulation.rows, start, end, BACKFILL_EVERY_S)
        body = await asyncio.to_thread(to_arrow, demo, rows)
        receipt = await readings.ingest(
            platform, demo.principal, demo.contract.key, body, BodyFormat.ARROW, ErrorPolicy.IGNORE_FAILED
        )
        stored += receipt.stored
    await record_events(platform, demo, diary.began, diary.history)
    log.info("history sent", tenant=demo.tenant.slug, rows=stored)
    return stored


def _slices(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        until = min(start + _BACKFILL_SLICE, end)
        yield start, until
        start = until


async def record_events(platform: Platform, demo: DemoTenant, start: datetime, end: datetime) -> None:
    """Records what happened to the plant in [start, end)."""
    found = demo.simulation.events(start, end)
    if not found:
        return
    async with platform.database.unit(demo.tenant.id) as uow:
        known = await assets.assets_by_keys(uow, demo.principal, {one.asset for one in found})
        new = [NewEvent(known[one.asset].id, EventKind(one.kind), one.time, one.note, one.part) for one in found]
        for first in range(0, len(new), events.MOST_EVENTS):
            await events.record_events(uow, demo.principal, new[first : first + events.MOST_EVENTS])
        await uow.commit()


async def start_training(platform: Platform, demo: DemoTenant, diary: Diary) -> Run:
    """Starts one run for every asset over the whole history, once it is there."""
    async with platform.database.unit(demo.tenant.id) as uow:
        contract = await assets.contract_by_key(uow, demo.principal, demo.contract.key)
        found = await assets.list_assets(uow, demo.principal, AssetQuery(first=_MOST_ASSETS))
    await readings.settled(platform, demo.tenant.id, contract.id, timedelta(minutes=2))
    command = StartRun(demo.plant.blueprint, tuple(one.id for one in found), diary.began, diary.history)
    async with platform.database.unit(demo.tenant.id) as uow:
        run = await training.start_run(uow, demo.principal, command)
        await uow.commit()
    return run


async def ended(platform: Platform, demo: DemoTenant, run: Run) -> Run:
    """Waits until the run is over."""
    while run.state not in ENDED:
        await asyncio.sleep(_LOOK_EVERY_S)
        async with platform.database.unit(demo.tenant.id) as uow:
            run = await training.get_run(uow, demo.principal, run.id)
    return run


async def promote_all(platform: Platform, demo: DemoTenant) -> int:
    """Promotes every asset's challenger; returns how many there were."""
    async with platform.database.unit(demo.tenant.id) as uow:
        found = await assets.list_assets(uow, demo.principal, AssetQuery(first=_MOST_ASSETS))
        challengers = await registry.aliased(uow, demo.principal, [one.id for one in found], Alias.CHALLENGER)
        await serving.promote_many(uow, demo.principal, {asset: one.id for asset, one in challengers.items()})
        await uow.commit()
    return len(challengers)
