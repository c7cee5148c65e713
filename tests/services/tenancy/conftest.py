import pytest
from acting import PASSWORD

from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.tenancy import api


@pytest.fixture
async def place(platform):
    """(database, tenant, admin): a tenant of this test's own, with one admin."""
    database = platform.platform.database
    tenant = await api.create_tenant(database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")
    async with database.unit(tenant.id) as uow:
        admin = await api.add_member(uow, system_principal(tenant.id), "ada@example.com", "Ada", Role.ADMIN, PASSWORD)
        await uow.commit()
    return database, tenant, admin
