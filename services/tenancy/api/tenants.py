"""Tenants themselves."""

from sqlalchemy.exc import IntegrityError

from services.kernel.ids import TenantId, new_id
from services.kernel.rights import Permission, Principal
from services.kernel.uow import Database, UnitOfWork
from services.tenancy import model, repository
from services.tenancy.contracts import Tenant
from services.tenancy.errors import TenantExists, TenantNotFound
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


async def load_tenant(uow: UnitOfWork) -> Tenant:
    row = await repository.tenant(uow)
    if row is None:
        raise TenantNotFound("This tenant is no longer here.")
    return _tenant(row)


def _tenant(row: TenantTable) -> Tenant:
    return Tenant(id=TenantId(row.tenant_id), slug=row.slug, name=row.name)
