"""`andon audit`: what the person at the machine does with audit trails."""

from dataclasses import dataclass

from infra.anchoring import anchors
from infra.bootstrap import ways
from infra.local import postgres
from infra.local.state import State
from infra.settings import Settings
from infra.tenants import listed
from services.audit.adapters.anchors import AnchorForged
from services.audit.contracts import Finding, Verified
from services.audit.verify import verify
from services.kernel.uow import Database
from services.tenancy.contracts import TenantState
from services.tenancy.errors import TenantNotFound


@dataclass(frozen=True, slots=True)
class Trail:
    """The trail of one tenant, looked at."""

    tenant: str
    """Its slug, or its id where only an anchor is left of it."""
    records: int
    changes: int
    anchored: int | None
    """Number of the record that the anchor is of."""
    findings: tuple[Finding, ...]


async def verified(settings: Settings, state: State, slug: str | None) -> list[Trail]:
    """Verifies the trail of one tenant, or of all. Raises `TenantNotFound`."""
    kept, known = anchors(settings, state), await listed(settings, state)
    wanted = [tenant for tenant in known if slug in (None, tenant.slug) and tenant.state is not TenantState.DELETING]
    if slug is not None and not wanted:
        raise TenantNotFound(f"There is no tenant “{slug}” here.", field="slug")
    database = Database(postgres.sqlalchemy(ways(settings, state).app_url), pool_size=1)
    found = []
    try:
        for tenant in wanted:
            anchor, forged = None, ()
            try:
                anchor = kept.read(tenant.id)
            except AnchorForged as error:
                forged = (Finding(None, str(error)),)
            async with database.unit(tenant.id) as uow:
                seen: Verified = await verify(uow, anchor)
            number = anchor.number if anchor else None
            found.append(Trail(tenant.slug, seen.records, seen.changes, number, forged + seen.findings))
    finally:
        await database.close()
    if slug is None:
        gone = sorted(set(kept.tenants()) - {tenant.id for tenant in known})
        lost = Finding(None, "An anchor is kept of a tenant that the database does not have any more.")
        found += [Trail(str(tenant), 0, 0, None, (lost,)) for tenant in gone]
    return found
