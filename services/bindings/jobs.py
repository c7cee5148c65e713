"""Background work of bindings: rules meet assets, rows are counted, runs are taken in."""

import asyncio
import time
from typing import Any
from uuid import UUID

import structlog

from services.assets import api as assets
from services.bindings import model, steps
from services.bindings.repository import Bindings
from services.bindings.steps import Group
from services.enclaves.jobs import Consumer, JobHandler
from services.enclaves.platform import Platform
from services.kernel.errors import Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import system_principal
from services.readings import api as readings
from services.readings.contracts import Counted
from services.suitability.contracts import Fitting
from services.training import api as training

EVERY_S = 2.0
_SHARE = 0.1
"""Of the time, at most, that is spent with counting: where the history is long, it is counted less often."""
log = structlog.get_logger(__name__)


async def match(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`asset_ids`: those that are new or have other labels; all where it is left out."""
    ids = [UUID(text) for text in payload["asset_ids"]] if "asset_ids" in payload else None
    async with platform.database.unit(tenant) as uow:
        await steps.match(uow, system_principal(tenant), platform.clock(), ids)
        await uow.commit()


async def note_run(platform: Platform, tenant: TenantId, payload: dict[str, Any]) -> None:
    """`run_id`: a run ended. Most runs are of no rule."""
    async with platform.database.unit(tenant) as uow:
        principal = system_principal(tenant)
        run = await training.get_run(uow, principal, UUID(payload["run_id"]))
        await steps.take_in(uow, principal, run, platform.clock())
        await uow.commit()


async def watch(platform: Platform, tenant: TenantId) -> None:
    """Counts the rows of bound assets when they are due, until cancelled."""
    while True:
        start = time.monotonic()
        await look(platform, tenant)
        await asyncio.sleep(max(EVERY_S, (time.monotonic() - start) * (1 - _SHARE) / _SHARE))


async def look(platform: Platform, tenant: TenantId) -> None:
    """Counts, judges and acts once."""
    principal, now = system_principal(tenant), platform.clock()
    async with platform.database.unit(tenant) as uow:
        due = await Bindings(uow).due(now)
        found = await assets.known_assets(uow, principal, due) if due else []
    contracts = {asset.id: asset.contract_id for asset in found}
    counted: dict[UUID, Counted] = {}
    for contract in set(contracts.values()):
        ids = [asset_id for asset_id, each in contracts.items() if each == contract]
        counted |= await readings.count_rows(platform, principal, contract, ids, now - model.WINDOW, now)
    if not contracts:
        return
    async with platform.database.unit(tenant) as uow:
        ripe = await steps.ripe(uow, principal, contracts, counted)
    fitting: dict[Group, Fitting] = {}
    for group, ids in ripe.items():
        try:
            fitting[group] = await steps.judge(platform, principal, ids, now)
        except Unavailable as error:
            log.info("rows cannot be judged now; their assets wait", reason=error.message)
    async with platform.database.unit(tenant) as uow:
        await steps.act(uow, principal, contracts, counted, now, fitting)
        await uow.commit()


JOBS: dict[str, JobHandler] = {"bindings.match": match, "bindings.note_run": note_run}
SUBSCRIPTIONS: dict[str, list[str]] = {
    "assets.created": ["bindings.match"],
    "assets.labels_changed": ["bindings.match"],
    "training.run_ended": ["bindings.note_run"],
}
CONSUMERS: dict[str, Consumer] = {"bindings.watch": watch}
