"""The SDK's client at a gateway that cannot take rows just now, or is not there yet."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
import uvicorn
from gateway_client import admin_of, make_app, make_key

from andon_sdk.client import Client, Refused, Unreachable
from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset

pytestmark = pytest.mark.platform

MIXERS = Contract("mixers", "Mixers", (Signal("torque", "T", "N*m", 0.0, 100.0),), 1.0)
ROW = pa.table({"asset": ["m"], "time": pa.array([datetime(2026, 3, 1, tzinfo=UTC)]), "torque": [1.0]})


@pytest.fixture(scope="module")
async def key(platform, tenant) -> str:
    """Of a program that may tell a mixer's rows."""
    async with platform.unit(tenant) as uow:
        await assets.put_contract(uow, admin_of(tenant), MIXERS)
        await assets.create_assets(uow, admin_of(tenant), [NewAsset("m", "Mixer", "S", "L", "mixers")])
        await uow.commit()
    return await make_key(platform.platform, tenant)


@pytest.fixture
def place() -> Iterator[socket.socket]:
    """An address that answers nobody until somebody listens."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        yield place


@asynccontextmanager
async def listening(app: Any, place: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    serving = asyncio.create_task(server.serve([place]))
    yield
    server.should_exit = True
    await serving


def sent(place: socket.socket, key: str, patience_s: float, contract: str = MIXERS.key) -> dict[str, Any]:
    with Client(f"http://127.0.0.1:{place.getsockname()[1]}", key, patience_s=patience_s) as andon:
        return andon.ingest(contract, ROW)


async def test_rows_wait_until_the_gateway_has_a_hand_free(platform, tenant, key, place):
    app = make_app(platform.platform, uploads_per_tenant=1)
    async with listening(app, place):
        async with app.state.gateway.turnstile.enter(tenant.id):
            with pytest.raises(Refused) as refused:
                await asyncio.to_thread(sent, place, key, 0.0)
            assert (refused.value.code, refused.value.retry_after_s) == ("EXHAUSTED", 1.0)
            sending = asyncio.create_task(asyncio.to_thread(sent, place, key, 30.0))
            await asyncio.sleep(0.5)
            assert not sending.done()
        receipt = await sending
    assert receipt["stored"] + receipt["duplicates"] == 1


async def test_rows_wait_until_the_gateway_is_there(platform, key, place):
    with pytest.raises(Unreachable):
        await asyncio.to_thread(sent, place, key, 0.0)
    sending = asyncio.create_task(asyncio.to_thread(sent, place, key, 30.0))
    await asyncio.sleep(0.2)
    async with listening(make_app(platform.platform), place):
        receipt = await sending
    assert receipt["stored"] + receipt["duplicates"] == 1


async def test_what_will_be_refused_again_is_refused_at_once(platform, key, place):
    async with listening(make_app(platform.platform), place):
        with pytest.raises(Refused) as refused:
            await asyncio.to_thread(sent, place, key, 30.0, contract="presses")
    assert (refused.value.code, refused.value.retry_after_s) == ("CONTRACT_NOT_FOUND", None)
