"""One-time login links for people at this machine: whoever may read the state folder may sign in."""

from infra.bootstrap import ways
from infra.installation import address
from infra.local import postgres
from infra.local.state import State
from infra.settings import Settings
from services.kernel.rights import Role, system_principal
from services.kernel.uow import Database
from services.tenancy import api as tenancy
from services.tenancy.errors import TenantNotFound


class NobodyToSignIn(Exception):
    """There is no such tenant, or it has no admin."""


async def login_url(settings: Settings, state: State, slug: str) -> str:
    """A link that signs an admin of the tenant in, once, within 15 minutes. Raises `NobodyToSignIn`."""
    database = Database(postgres.sqlalchemy(ways(settings, state).app_url), pool_size=1)
    try:
        tenant = await tenancy.tenant_by_slug(database, slug)
        principal = system_principal(tenant.id)
        async with database.unit(tenant.id) as uow:
            admins = [member for member in await tenancy.list_members(uow, principal) if member.role is Role.ADMIN]
            if not admins:
                raise NobodyToSignIn(f"The tenant {slug} has no admin, so there is nobody to sign in.")
            token = await tenancy.make_login_link(uow, principal, admins[0].id)
            await uow.commit()
    except TenantNotFound as error:
        raise NobodyToSignIn(
            f"There is no tenant {slug!r} yet. Make one with `andon tenant create {slug} --admin you@example.com`."
        ) from error
    finally:
        await database.close()
    return f"{address(settings, state)}/login?token={token}"
