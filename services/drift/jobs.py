"""Background work of drift: each asset with a champion is looked at once an hour."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.assets import api as assets
from services.assets.contracts import ContractVersion
from services.drift import look as looking
from services.drift.look import Looked, Referred, Subject
from services.drift.repository import Drifts
from services.enclaves.jobs import Consumer
from services.enclaves.platform import Platform
from services.kernel.errors import Unavailable
from services.kernel.ids import TenantId
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.registry import api as registry
from services.registry.contracts import Alias
from services.serving import api as serving
from services.training import api as training

EVERY = timedelta(hours=1)
PAUSE_S = 60.0
MOST = 5_000
"""Assets of one pass; those that were looked at longest ago come first."""
_turns = asyncio.Semaphore(1)
"""Passes that are computed at once in this process, of whatever tenants."""
log = structlog.get_logger(__name__)


async def watch(platform: Platform, tenant: TenantId) -> None:
    """Looks at the tenant's assets until cancelled."""
    more = False
    while True:
        if not more:
            await asyncio.sleep(PAUSE_S)
        try:
            more = await look(platform, tenant) == MOST
        except Unavailable as error:
            log.info("drift cannot be looked at now", reason=error.message)
            more = False


async def look(platform: Platform, tenant: TenantId) -> int:
    """One pass over what is due, and how many assets that was. Raises `HistoryUnavailable`."""
    principal, now = system_principal(tenant), platform.clock()
    due = now - EVERY
    async with platform.database.unit(tenant) as uow:
        subjects, kept = await _due(uow, principal, due)
        await uow.commit()
    if not subjects:
        return 0
    bucket = await platform.objects.bucket(tenant)
    for contract, mine in subjects:
        async with _turns:
            looked = await asyncio.to_thread(looking.look, bucket, contract, mine, kept, now)
        async with platform.database.unit(tenant) as uow:
            await _write(uow, looked, now, due)
            await uow.commit()
    return sum(len(mine) for _, mine in subjects)


async def _due(
    uow: UnitOfWork, principal: Principal, due: datetime
) -> tuple[list[tuple[ContractVersion, list[Subject]]], dict[UUID, Referred]]:
    """What is to be looked at by contract, and the references that are there. A fixed number of statements."""
    store = Drifts(uow)
    championed = await registry.championed(uow, principal)
    await store.forget(championed)
    ids = await store.due(championed, due, MOST)
    if not ids:
        return [], {}
    contracts = {one.id: one for one in await assets.list_contracts(uow, principal)}
    champions = await registry.aliased(uow, principal, ids, Alias.CHAMPION)
    served = await serving.deployments(uow, principal, ids)
    run_ids = {one.lineage.run_id for one in champions.values()}
    runs = {run.id: run for run in await training.get_runs(uow, principal, list(run_ids))}
    by_contract: dict[UUID, list[Subject]] = {}
    for asset in await assets.known_assets(uow, principal, ids):
        if (champion := champions.get(asset.id)) is None:
            continue
        run = runs.get(champion.lineage.run_id)
        start, end = (run.start, run.end) if run else (champion.created_at, champion.created_at)
        deployed = served.get(asset.id)
        promoted_at = deployed.promoted_at if deployed and deployed.champion == champion.id else None
        subject = Subject(asset.id, champion.id, start, end, promoted_at)
        by_contract.setdefault(asset.contract_id, []).append(subject)
    kept = {
        id_: Referred(
            id_, row.version_id, row.contract_version, row.length_s, row.start, row.end, row.signals, row.score
        )
        for id_, row in (await store.references(ids)).items()
    }
    return [(contracts[id_], mine) for id_, mine in by_contract.items()], kept


async def _write(uow: UnitOfWork, looked: Looked, now: datetime, due: datetime) -> None:
    store = Drifts(uow)
    if looked.made:
        await store.refer(looked.made)
    found, cleared = await store.write(looked, now, due)
    for news, ids in (("drift.found", found), ("drift.cleared", cleared)):
        if ids:
            uow.announce(news, asset_ids=[str(id_) for id_ in ids])


CONSUMERS: dict[str, Consumer] = {"drift.watch": watch}
