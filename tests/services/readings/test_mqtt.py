"""Devices speak MQTT to the stream itself; what they say comes through the same door."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiomqtt
import orjson
import pytest

from services.enclaves import api as enclaves
from services.enclaves.contracts import StreamUser
from services.kernel import subjects
from services.readings import api, mqtt


def reading(asset: str, seconds_ago: float, **values: float) -> bytes:
    time = (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat()
    return orjson.dumps({"asset": asset, "time": time, **values})


@pytest.fixture(scope="module")
async def device(platform, plant) -> AsyncIterator[aiomqtt.Client]:
    assert platform.platform.ground is not None
    async with platform.platform.database.unit(plant.principal.tenant) as uow:
        login = await enclaves.stream_credential(uow, plant.principal, platform.platform.ground, StreamUser.DEVICE)
    taking = asyncio.create_task(mqtt.consume(plant.platform, plant.principal.tenant))
    port = platform.state.known_port("mqtt")
    async with aiomqtt.Client(
        "127.0.0.1", port, username=login.user, password=login.password, identifier="device-1"
    ) as client:
        yield client
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)


async def quarantined(plant, code: str) -> list[str]:
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        return [row.content for row in await api.list_quarantine(uow, plant.principal) if row.code == code]


async def eventually(check, seconds: float = 15.0):
    """The first true answer of `check`, asked again until then."""
    until = asyncio.get_running_loop().time() + seconds
    while not (answer := await check()):
        assert asyncio.get_running_loop().time() < until, "did not happen in time"
        await asyncio.sleep(0.1)
    return answer


async def unhandled(plant) -> int:
    jetstream = await plant.platform.streams.jetstream(plant.principal.tenant)
    info = await jetstream.consumer_info(subjects.DEVICES_STREAM, "door")
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def test_what_a_device_publishes_is_history(plant, device) -> None:
    await device.publish("andon/pumps", reading("p0", 3, pressure=4.5), qos=1)
    await device.publish("andon/pumps", reading("p1", 2, pressure=5.5) + b"\n" + reading("p1", 1, pressure=99), qos=1)

    async def arrived() -> bool:
        jetstream = await plant.platform.streams.jetstream(plant.principal.tenant)
        return (await jetstream.stream_info(subjects.READINGS_STREAM)).state.messages > 0 and not await unhandled(plant)

    await eventually(arrived)
    assert sorted((await plant.history())["pressure"].to_list()) == [4.5, 5.5]
    assert len(await quarantined(plant, "OUT_OF_RANGE")) == 1


async def test_a_poisoned_message_is_quarantined_and_not_delivered_again(plant, device) -> None:
    await device.publish("andon/pumps", b"\x00\xffnonsense", qos=1)
    await device.publish("andon/nothing", b'{"asset":"p0"}', qos=1)
    assert await eventually(lambda: quarantined(plant, "CONTRACT_NOT_FOUND")) == ['{"asset":"p0"}']
    assert len(await eventually(lambda: quarantined(plant, "BAD_ENCODING"))) == 1

    async def handled() -> bool:
        return not await unhandled(plant)

    await eventually(handled)


async def test_a_device_whose_clock_was_never_set_is_refused(plant, device) -> None:
    await device.publish("andon/pumps", reading("p2", 30 * 86_400, pressure=1.0), qos=1)
    assert len(await eventually(lambda: quarantined(plant, "TIME_TOO_OLD"))) == 1


def test_a_payload_over_several_lines_is_one_row() -> None:
    assert mqtt.lines(b'{\n "asset": "p0"\n}') == b'{"asset":"p0"}'
    assert mqtt.lines(b'{"a":1}\n{"a":2}') == b'{"a":1}\n{"a":2}'
