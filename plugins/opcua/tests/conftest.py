"""A real OPC UA server for all tests of the plugin."""

from collections.abc import AsyncIterator

import pytest
from opcua_plant import Plant


@pytest.fixture(scope="session")
async def plant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    plant = Plant("T0", "T1", "T2", certificates=tmp_path_factory.mktemp("server"))
    await plant.start()
    yield plant
    await plant.stop()
