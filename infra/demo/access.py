"""A tenant of a demo's own, and a key to it: all that a demo gets beside the public API."""

from infra.bootstrap import ways
from infra.local import postgres
from infra.local.state import State
from infra.settings import Settings
from services.kernel.rights import Permission, Role, system_principal
from services.kernel.uow import Database
from services.tenancy import api as tenancy


async def make_tenant(settings: Settings, state: State, slug: str, name: str) -> str:
    """Makes the tenant with an admin who signs in by link, and returns an API key with every right."""
    database = Database(postgres.sqlalchemy(ways(settings, state).app_url), pool_size=1)
    try:
        tenant = await tenancy.create_tenant(database, slug, name)
        principal = system_principal(tenant.id)
        async with database.unit(tenant.id) as uow:
            await tenancy.add_member(uow, principal, f"admin@{slug}.example", "Admin", Role.ADMIN, None)
            made = await tenancy.create_api_key(uow, principal, "demo", list(Permission))
            await uow.commit()
    finally:
        await database.close()
    return made.secret
