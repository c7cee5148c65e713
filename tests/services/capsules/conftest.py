from typing import Any

import pytest
import scored_plant
from scored_plant import ScoredPlant

from services.enclaves import api as enclaves
from services.kernel.ids import new_id
from services.kernel.rights import RIGHTS, Principal, Role
from services.tenancy import api as tenancy


@pytest.fixture(scope="session")
async def tenant(platform: Any) -> Any:
    """One for all of this folder: its plant takes seconds."""
    made = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Capsules")
    await enclaves.ensure_enclave(platform.platform, made.id)
    return made


@pytest.fixture(scope="session")
def principal(tenant: Any) -> Principal:
    return Principal(tenant.id, new_id(), "member", "Ada", RIGHTS[Role.ADMIN], Role.ADMIN)


@pytest.fixture(scope="session")
async def plant(platform: Any, tenant: Any, principal: Any) -> ScoredPlant:
    return await scored_plant.plant_of(platform, tenant, principal)
