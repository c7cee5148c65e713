from collections.abc import AsyncIterator

import pytest
from fans import Fans, stored


@pytest.fixture(scope="module")
async def fans(platform, tenant, principal) -> AsyncIterator[Fans]:
    async with stored(platform, tenant, principal) as found:
        yield found
