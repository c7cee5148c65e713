"""Real brokers: one that the tests of a module share, and one of a test's own that it may stop."""

from collections.abc import AsyncIterator

import pytest
from brokers import Broker, mosquitto


@pytest.fixture(scope="module")
async def broker(tmp_path_factory) -> AsyncIterator[Broker]:
    async with mosquitto(tmp_path_factory.mktemp("mosquitto")) as one:
        yield one


@pytest.fixture
async def own_broker(tmp_path) -> AsyncIterator[Broker]:
    async with mosquitto(tmp_path) as one:
        yield one
