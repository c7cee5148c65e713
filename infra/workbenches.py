"""What the person at the machine does with workbenches: open a member's."""

import asyncio
import getpass
from dataclasses import replace
from urllib.parse import urlsplit

from gateway.workbench.links import Links
from infra.bootstrap import open_platform
from infra.gateway import chosen
from infra.local.state import State
from infra.settings import Settings
from services.enclaves import api as enclaves
from services.enclaves.contracts import ClusterState
from services.kernel.acting import acts, doing
from services.kernel.rights import system_principal
from services.tenancy import api as tenancy
from services.workbench import api as workbench
from services.workbench.errors import WorkbenchNotReady

_LOOK_S = 0.2


async def opened(settings: Settings, state: State, slug: str, email: str) -> str:
    """Starts the member's workbench if it does not run, waits until it does, and gives an address that opens it once.

    Raises `TenantNotFound`, `MemberNotFound`, `WorkbenchNotReady` with the reason when it ended instead.
    """
    wanted = chosen(state)
    links = Links.of(wanted.secret.get_secret_value().encode(), wanted.workbench_url)
    async with open_platform(settings, state) as platform:
        ground = enclaves.grounded(platform)
        tenant = await tenancy.tenant_by_slug(platform.database, slug)
        principal = replace(system_principal(tenant.id), name=f"{getpass.getuser()}, platform operator")
        acts(principal)
        with doing("workbench.start_for"):
            async with platform.database.unit(tenant.id) as uow:
                found = await workbench.start_for(uow, principal, ground, email, platform.clock())
                await uow.commit()
        while found.state is ClusterState.STARTING:
            await asyncio.sleep(_LOOK_S)
            async with platform.database.unit(tenant.id) as uow:
                found = await workbench.get_workbench(uow, principal, ground, found.id)
        if found.state is not ClusterState.READY:
            raise WorkbenchNotReady(f"The workbench ended: {found.detail}")
        with doing("workbench.open_for"):
            async with platform.database.unit(tenant.id) as uow:
                visit = await workbench.open_for(uow, principal, ground, found.member_id, platform.clock())
                await uow.commit()
        return links.enter(tenant.id, visit, urlsplit(platform.public_url).netloc)
