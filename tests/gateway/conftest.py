import asyncio

import pytest
from gateway_client import Gql, make_app, signed_in

from services.kernel.rights import Role


@pytest.fixture(scope="session")
def app(platform):
    return make_app(platform.platform)


@pytest.fixture(scope="module")
async def admin(app, tenant) -> Gql:
    return await signed_in(app, tenant)


@pytest.fixture(scope="module")
async def stranger(app, other_tenant) -> Gql:
    return await signed_in(app, other_tenant)


@pytest.fixture(scope="module")
async def members(app, tenant) -> dict[Role, Gql]:
    found = await asyncio.gather(*(signed_in(app, tenant, role) for role in Role))
    return dict(zip(Role, found, strict=True))
