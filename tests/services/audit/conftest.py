from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from services.kernel.acting import acts, doing
from services.kernel.ids import new_id
from services.kernel.rights import Role, system_principal
from services.tenancy import api as tenancy


@pytest.fixture
async def place(platform):
    """A tenant of this test's own: nothing but what the test does is in its trail, besides record 1 of its making."""
    return await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")


@pytest.fixture
def do(platform, place) -> Callable[..., Any]:
    """Runs a use case of the place's tenant as somebody, in a unit of its own."""

    async def run(principal, use_case, *arguments, commit: bool = True):
        acts(principal)
        with doing(f"tests.{use_case.__name__}"):
            async with platform.unit(place) as uow:
                answer = await use_case(uow, principal, *arguments)
                if commit:
                    await uow.commit()
        return answer

    return run


@pytest.fixture
def add(do, place) -> Callable[..., Any]:
    """Adds a member as the platform itself."""

    async def run(name: str, **options: Any):
        email = f"{name.lower()}@example.com"
        return await do(system_principal(place.id), tenancy.add_member, email, name, Role.OPERATOR, None, **options)

    return run


@pytest.fixture
def superuser(platform):
    with psycopg.connect(platform.superuser_url, autocommit=True) as connection:
        yield connection
