"""Devices speak MQTT to the stream itself; what they say comes through the same door."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiomqtt
import orjson
import polars as pl
import pytest
from nats.aio.msg import Msg

from services.enclaves import api as enclaves
from services.enclaves.contracts import StreamUser
from services.kernel import subjects, wire
from services.kernel.rights import system_principal
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


async def eventually(check, seconds: float = 60.0):
    """The first true answer of `check`, asked again until then."""
    until = asyncio.get_running_loop().time() + seconds
    while not (answer := await check()):
        assert asyncio.get_running_loop().time() < until, "did not happen in time"
        await asyncio.sleep(0.1)
    return answer


async def unhandled(plant) -> int:
    jetstream = await plant.platform.streams.jetstream(plant.principal.tenant)
    infos = [await jetstream.consumer_info(name, "door") for name in (subjects.DEVICES_STREAM, subjects.MQTT_STREAM)]
    return sum((info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos)


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


async def test_a_message_with_an_answer_goes_through_the_door_once_and_one_without_too(plant, device) -> None:
    jetstream = await plant.platform.streams.jetstream(plant.principal.tenant)
    before = (await jetstream.stream_info(subjects.READINGS_STREAM)).state.last_seq
    await device.publish("andon/pumps", reading("p3", 3, pressure=1.0), qos=1)
    await device.publish("andon/pumps", reading("p3", 2, pressure=2.0), qos=2)
    await device.publish("andon/pumps", reading("p3", 1, pressure=3.0), qos=0)

    async def filed() -> list[float]:
        frame = (await plant.history()).filter(pl.col("asset") == str(plant.assets["p3"]))
        return [] if await unhandled(plant) or frame.height < 3 else frame["pressure"].to_list()

    assert await eventually(filed) == [1.0, 2.0, 3.0]
    sent = 0
    for sequence in range(before + 1, (await jetstream.stream_info(subjects.READINGS_STREAM)).state.last_seq + 1):
        sent += wire.decode((await jetstream.get_msg(subjects.READINGS_STREAM, sequence)).data).num_rows
    assert sent == 3
    assert (await jetstream.stream_info(subjects.MQTT_STREAM)).state.messages == 0


async def test_a_device_gets_no_answer_while_there_is_no_room_and_keeps_its_message(platform, other_tenant) -> None:
    """Nobody reads here: what was answered is what is kept."""
    async with platform.unit(other_tenant) as uow:
        principal = system_principal(other_tenant.id)
        login = await enclaves.stream_credential(uow, principal, platform.platform.ground, StreamUser.DEVICE)
    jetstream = await platform.platform.streams.jetstream(other_tenant.id)
    config = (await jetstream.stream_info(subjects.MQTT_STREAM)).config
    assert (config.discard, config.retention, config.max_bytes) == ("new", "interest", 512 * 1024 * 1024)
    await jetstream.update_stream(replace(config, max_bytes=10_000))

    async def send(first: int) -> int:
        """How many of 100 messages were answered before the connection ended."""
        port = platform.state.known_port("mqtt")
        answered = 0
        with contextlib.suppress(TimeoutError, aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", port, username=login.user, password=login.password) as device:
                for number in range(first, first + 100):
                    async with asyncio.timeout(4):
                        await device.publish("andon/pumps", b"%03d" % number + b" " * 400, qos=1)
                    answered += 1
        return answered

    answered = await send(0)
    assert 10 < answered < 30
    assert await send(answered) == 0
    await jetstream.update_stream(config)
    assert await send(answered) == 100
    door = await jetstream.pull_subscribe_bind("door", subjects.MQTT_STREAM)
    kept: list[Msg] = []
    while len(kept) < answered + 100:
        kept += await door.fetch(50, timeout=30)
    assert [int(message.data[:3]) for message in kept] == list(range(answered + 100))
    await asyncio.gather(*(message.ack_sync() for message in kept))
    assert (await jetstream.stream_info(subjects.MQTT_STREAM)).state.messages == 0


def test_a_payload_over_several_lines_is_one_row() -> None:
    assert mqtt.lines(b'{\n "asset": "p0"\n}') == b'{"asset":"p0"}'
    assert mqtt.lines(b'{"a":1}\n{"a":2}') == b'{"a":1}\n{"a":2}'
