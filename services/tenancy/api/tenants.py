"""Tenants themselves."""

from sqlalchemy.exc import IntegrityError

from services.kernel.errors import TenantBeingDeleted
from services.kernel.ids import TenantId, new_id
from services.kernel.rights import Permission, Principal
from services.kernel.uow import Database, UnitOfWork
from services.tenancy import model, repository
from services.tenancy.contracts import Tenant, TenantState
from services.tenancy.errors import TenantExists, TenantNotFound, TenantSuspended
from services.tenancy.tables import TenantTable


async def create_tenant(database: Database, slug: str, name: str) -> Tenant:
    """Makes a tenant; for the platform operator, outside any tenant. Raises `SlugInvalid`, `TenantExists`."""
    tenant = TenantId(new_id())
    row = TenantTable(tenant_id=tenant, slug=model.check_slug(slug), name=name)
    async with database.unit(tenant) as uow:
        uow.session.add(row)
        uow.announce("tenancy.tenant_created")
        try:
            await uow.commit()
        except IntegrityError as error:
            raise TenantExists(f"There is a tenant “{slug}” already. Choose another address.", field="slug") from error
    return _tenant(row)


async def tenant_by_slug(database: Database, slug: str) -> Tenant:
    """Raises `TenantNotFound`."""
    tenant = await repository.tenant_of_slug(database, slug)
    if tenant is None:
        raise TenantNotFound(f"There is no tenant “{slug}” here.", field="slug")
    async with database.unit(tenant) as uow:
        return await load_tenant(uow)


async def get_tenant(uow: UnitOfWork, principal: Principal) -> Tenant:
    principal.require(Permission.VIEW)
    return await load_tenant(uow)


async def suspend_tenant(uow: UnitOfWork, principal: Principal) -> Tenant:
    """Closes the tenant to its members and keys from their next request on; nothing of it is lost. Harmless when it is
    suspended. For the platform operator: raises `Forbidden` for anybody of the tenant."""
    return await _enter(uow, principal, TenantState.SUSPENDED)


async def resume_tenant(uow: UnitOfWork, principal: Principal) -> Tenant:
    """Opens a suspended tenant again; harmless when it is open. Raises `Forbidden` as `suspend_tenant` does."""
    return await _enter(uow, principal, TenantState.ACTIVE)


async def tenant_state(uow: UnitOfWork) -> TenantState:
    """For the platform itself. Of a tenant that is being deleted there is no unit, so it is one of the others."""
    row = await repository.tenant(uow)
    return TenantState(row.state) if row else TenantState.ACTIVE


def require_open(state: TenantState) -> None:
    """Raises `TenantSuspended`, `TenantBeingDeleted`."""
    if state is TenantState.SUSPENDED:
        raise TenantSuspended(
            "This tenant is suspended by the platform's operator: nobody signs in and no key is good until it is "
            "resumed. Nothing of it is lost. Ask the operator."
        )
    if state is TenantState.DELETING:
        raise TenantBeingDeleted


async def load_open_tenant(uow: UnitOfWork) -> Tenant:
    """Raises `TenantSuspended`."""
    tenant = await load_tenant(uow)
    require_open(tenant.state)
    return tenant


async def _enter(uow: UnitOfWork, principal: Principal, state: TenantState) -> Tenant:
    principal.require_platform()
    row = await repository.tenant(uow, lock=True)
    if row is None:
        raise TenantNotFound("This tenant is no longer here.")
    row.state = state.value
    uow.session.add(row)
    return _tenant(row)


async def load_tenant(uow: UnitOfWork) -> Tenant:
    row = await repository.tenant(uow)
    if row is None:
        raise TenantNotFound("This tenant is no longer here.")
    return _tenant(row)


def _tenant(row: TenantTable) -> Tenant:
    return Tenant(id=TenantId(row.tenant_id), slug=row.slug, name=row.name, state=TenantState(row.state))
