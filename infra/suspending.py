"""`andon tenant suspend` and `resume`: a tenant is closed with all that it has, and opened again."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from infra.bootstrap import open_platform
from infra.deleting import find
from infra.local.state import State
from infra.settings import Settings
from services.enclaves import api as enclaves
from services.kernel.acting import acts, doing
from services.kernel.errors import TenantBeingDeleted
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.tenancy import api as tenancy
from services.tenancy.contracts import Tenant
from services.workbench import api as workbench


async def suspend(settings: Settings, state: State, slug: str, asked_by: str) -> Tenant:
    """Closes the tenant; returns when devices are cut off and its clusters have stopped.

    Raises `TenantNotFound`, `TenantBeingDeleted`, `ProvisioningFailed`; the worker goes on with what was not done.
    """
    return await _enter(settings, state, slug, asked_by, tenancy.suspend_tenant)


async def resume(settings: Settings, state: State, slug: str, asked_by: str) -> Tenant:
    """Opens the tenant again; returns when devices are let in and its clusters are asked for. Raises what `suspend`
    raises."""
    return await _enter(settings, state, slug, asked_by, tenancy.resume_tenant)


async def _enter(
    settings: Settings,
    state: State,
    slug: str,
    asked_by: str,
    use_case: Callable[[UnitOfWork, Principal], Awaitable[Tenant]],
) -> Tenant:
    id, begun = await find(settings, state, slug)
    if begun:
        raise TenantBeingDeleted(
            f"The deletion of {slug} has begun and cannot be undone: `andon tenant delete {slug}`."
        )
    principal = replace(system_principal(id), name=f"{asked_by}, platform operator")
    async with open_platform(settings, state) as platform:
        acts(principal)
        with doing(f"tenancy.{use_case.__name__}"):
            async with platform.database.unit(id) as uow:
                tenant = await use_case(uow, principal)
                await uow.commit()
            await enclaves.ensure_enclave(platform, id)
            await enclaves.reconcile(platform, id)
            await workbench.reconcile(platform, id)
    return tenant
