"""What the person at the machine does with tenants: make one, list them."""

import re

from infra.bootstrap import ways
from infra.links import login_url
from infra.local import postgres
from infra.local.state import State
from infra.local.supervisor import Supervisor
from infra.settings import Settings
from services.kernel.errors import TenantBeingDeleted
from services.kernel.outbox import known_tenants
from services.kernel.rights import Role, system_principal
from services.kernel.uow import Database
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant, TenantState

DEMO_SLUGS = re.compile(r"acme|borealis|skab-[0-9a-f]{8}")


async def create(settings: Settings, state: State, slug: str, name: str, admin: str) -> str:
    """Makes a tenant with its first admin and returns a one-time login link. Raises `DomainError`.

    The admin has no password: the link is the way in.
    """
    database = Database(postgres.sqlalchemy(ways(settings, state).app_url), pool_size=1)
    try:
        tenant = await tenancy.create_tenant(database, slug, name)
        async with database.unit(tenant.id) as uow:
            principal = system_principal(tenant.id)
            await tenancy.add_member(uow, principal, admin, admin.partition("@")[0], Role.ADMIN, None)
            await uow.commit()
    finally:
        await database.close()
    return await login_url(settings, state, slug)


async def listed(settings: Settings, state: State) -> list[Tenant]:
    """All tenants, by slug. Of one that is being deleted nothing but its slug is known."""
    places = ways(settings, state)
    database = Database(postgres.sqlalchemy(places.app_url), pool_size=1)
    found = []
    try:
        for known in await known_tenants(places.relay_url):
            try:
                async with database.unit(known.id) as uow:
                    found.append(await tenancy.get_tenant(uow, system_principal(known.id)))
            except TenantBeingDeleted:
                found.append(Tenant(known.id, known.slug, known.slug, TenantState.DELETING))
    finally:
        await database.close()
    return found


async def only_demo(settings: Settings, state: State, runs: bool) -> list[str]:
    """Slugs of the tenants that are no demo; empty means that resetting loses nothing of anybody's.

    Where Andon does not run, the database is started for the question.
    """
    supervisor = Supervisor(state)
    if not runs and settings.database_url is None:
        if not (state.home / "postgres").exists():
            return []
        await supervisor.start(postgres.part(state))
    try:
        return [tenant.slug for tenant in await listed(settings, state) if not DEMO_SLUGS.fullmatch(tenant.slug)]
    finally:
        await supervisor.stop_all()
