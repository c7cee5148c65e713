"""Anchors of the audit trail: heads of all tenants, kept outside the database every few seconds."""

import asyncio
from contextlib import suppress

import psycopg
import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from infra.local.state import State
from infra.settings import Settings
from services.audit import repository
from services.audit.adapters.anchors import AnchorForged, Anchors
from services.audit.contracts import Anchor
from services.kernel.clock import utc_now
from services.kernel.errors import TenantBeingDeleted
from services.kernel.ids import TenantId
from services.kernel.uow import Database

EVERY_S = 5.0
_KEY = "audit"

log = structlog.get_logger(__name__)
BROKEN = Counter("andon_audit_trails_broken", "Times a trail did not go through its anchor")


def anchors(settings: Settings, state: State) -> Anchors:
    return Anchors(settings.audit_anchors or state.folder("anchors"), state.secret(_KEY))


async def run_anchoring(database: Database, relay_url: str, kept: Anchors, every_s: float = EVERY_S) -> None:
    """Anchors until cancelled."""
    while True:
        try:
            for anchor in await heads(relay_url):
                with suppress(TenantBeingDeleted):  # since the heads were read
                    await keep(database, anchor, kept)
        except (psycopg.OperationalError, SQLAlchemyError, OSError) as error:  # a database or disk that is away
            log.warning("trails were not anchored", reason=str(error))
        await asyncio.sleep(every_s)


async def heads(relay_url: str) -> list[Anchor]:
    """The newest record of every tenant's trail."""
    async with await psycopg.AsyncConnection.connect(relay_url) as connection:
        cursor = await connection.execute("SELECT tenant_id, number, digest FROM audit_heads()")
        return [Anchor(tenant, number, digest, utc_now()) for tenant, number, digest in await cursor.fetchall()]


async def keep(database: Database, anchor: Anchor, kept: Anchors) -> bool:
    """Keeps the anchor if the trail still goes through the one before; otherwise that one stays, as the witness."""
    try:
        known = await asyncio.to_thread(kept.read, anchor.tenant)
        if known is not None and (known.number, known.digest) == (anchor.number, anchor.digest):
            return True
        # Written within the unit: a deletion waits for its end, and so takes the anchor along.
        async with database.unit(TenantId(anchor.tenant)) as uow:
            whole = known is None or await repository.digest_of(uow, known.number) == known.digest
            if whole:
                await asyncio.to_thread(kept.write, anchor)
        reason = "it does not go through its anchor any more"
    except AnchorForged as error:
        whole, reason = False, str(error)
    if not whole:
        BROKEN.inc()
        log.error("audit trail broken", tenant=str(anchor.tenant), reason=reason)
    return whole
