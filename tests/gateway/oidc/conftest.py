"""Log-in by a provider of identity: the provider, and a tenant that trusts it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from gateway_client import make_app
from identity_provider import IdentityProvider
from login_way import Way, trusting


@pytest.fixture(scope="session")
def app(platform):
    return make_app(platform.platform, oidc_networks="127.0.0.0/8", failed_sign_ins=1000)


@pytest.fixture(scope="session")
async def idp() -> AsyncIterator[IdentityProvider]:
    async with IdentityProvider.running() as found:
        yield found


@pytest.fixture(scope="module")
async def way(platform, app, tenant, idp) -> Way:
    return await trusting(platform, app, tenant, idp)


@pytest.fixture
async def spoil(idp):
    """Makes the provider hand out spoilt tokens until the end of the test."""

    async def told(**how: Any) -> None:
        await idp.told(spoil=how)

    yield told
    await idp.told(spoil=None)
