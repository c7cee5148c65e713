"""Against a real server, that is stopped and started."""

import asyncio
import logging
import socket
from datetime import timedelta
from importlib.metadata import entry_points

import pytest
from andon_modbus.settings import ModbusSettings
from andon_modbus.source import ModbusSource
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from andon_sdk.connector import SettingsRefused, SourceUnavailable, Tag

HOLDINGS, COILS = 3, 1


class Device:
    """Two devices at one address; holding register 10 of the first counts how often it was read."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.reads, self.refusal, self.silent = 0, None, False

    async def start(self) -> None:
        registers = [SimData(0, values=[0] * 20, datatype=DataType.REGISTERS)]
        bits = [SimData(0, values=[True] * 16, datatype=DataType.BITS)]
        devices = [
            SimDevice(1, (bits, bits, registers, registers), action=self._asked),
            SimDevice(2, (bits, bits, registers, registers), action=self._asked_second),
        ]
        self.server = ModbusTcpServer(devices, address=("127.0.0.1", self.port))
        await self.server.serve_forever(background=True)

    async def _asked(self, function, start, address, count, current, new):
        if self.silent:
            await asyncio.sleep(1)
        if function == HOLDINGS and address - start <= 10 < address - start + count:
            self.reads += 1
            current[10] = self.reads
        return

    async def _asked_second(self, function, start, address, count, current, new):
        return self.refusal

    async def stop(self) -> None:
        await self.server.shutdown()

    def settings(self, *tags: dict, **more: object) -> ModbusSettings:
        given = {"host": "127.0.0.1", "port": self.port, "period": 0.03, "timeout": 0.3, "tags": tags, **more}
        return ModbusSettings.model_validate(given)


@pytest.fixture
async def device():
    device = Device()
    await device.start()
    yield device
    await device.stop()


COUNT = {"tag": "count", "address": 10, "unit": "1", "title": "Readings"}
OTHER = {"tag": "other", "address": 3, "device": 2}


async def beats(source: ModbusSource, tags: list[str], count: int) -> list[list[dict]]:
    found = []
    async for batch in source.stream(tags, {}):
        found.append(batch.to_pylist())
        if len(found) == count:
            break
    return found


def test_it_is_offered():
    (found,) = entry_points(group="andon.plugins.v1", name="modbus")
    (connector,) = found.load().connectors()
    assert (connector.key, connector.title) == ("modbus", "Modbus TCP")


async def test_the_map_is_read_at_a_steady_period(device):
    coil = {"tag": "on", "address": 2, "kind": "coil", "type": "bool"}
    source = ModbusSource(device.settings(COUNT, coil))
    await source.open()
    assert await source.browse() == [Tag("count", "Readings", "1"), Tag("on")]
    found = await beats(source, ["count", "on"], 10)
    await source.close()
    assert [{row["tag"]: row["value"] for row in beat} for beat in found] == [
        {"count": float(i), "on": 1.0} for i in range(1, 11)
    ]
    times = [beat[0]["time"] for beat in found]
    assert timedelta(seconds=0.2) < times[-1] - times[0] < timedelta(seconds=2)
    assert all(row["time"] == beat[0]["time"] for beat in found for row in beat)


async def test_an_exception_is_told_and_the_rest_goes_on(device, caplog):
    device.refusal = ExcCodes.DEVICE_FAILURE
    source = ModbusSource(device.settings(COUNT, OTHER))
    await source.open()
    with caplog.at_level(logging.WARNING, "andon_modbus"):
        stream = source.stream(["count", "other"], {})
        first = (await anext(stream)).to_pylist()
        await anext(stream)
        device.refusal = None
        third = (await anext(stream)).to_pylist()
        await source.close()
    assert {row["tag"]: (row["value"], row["quality"]) for row in first} == {"count": (1.0, 0), "other": (None, 2)}
    assert {row["tag"]: (row["value"], row["quality"]) for row in third} == {"count": (3.0, 0), "other": (0.0, 0)}
    name = f"127.0.0.1:{device.port}: holding 3 to 3 of device 2"
    assert caplog.messages == [f"{name}: exception 4 (DEVICE_FAILURE)", f"{name}: answers again"]


async def test_a_hole_in_the_table_spoils_only_itself(device):
    source = ModbusSource(device.settings(COUNT, {"tag": "hole", "address": 20}, {"tag": "low", "address": 15}))
    await source.open()
    _, found = await beats(source, ["count", "hole", "low"], 2)
    await source.close()
    assert {row["tag"]: (row["value"], row["quality"]) for row in found} == {
        "count": (1.0, 0), "hole": (None, 2), "low": (0.0, 0),
    }  # fmt: skip


async def test_a_silent_device_does_not_keep_others_from_being_read(device):
    source = ModbusSource(device.settings(COUNT, OTHER, timeout=0.1))
    await source.open()
    device.silent = True
    (found,) = await beats(source, ["count", "other"], 1)
    await source.close()
    assert {row["tag"]: (row["value"], row["quality"]) for row in found} == {"count": (None, 2), "other": (0.0, 0)}


async def test_an_outage_is_told_and_reading_goes_on_after_it(device):
    source = ModbusSource(device.settings(COUNT))
    await source.open()
    with pytest.raises(SettingsRefused, match=r"^tags: None of the chosen tags"):
        await beats(source, ["elsewhere"], 1)
    stream = source.stream(["count"], {})
    before = (await anext(stream)).to_pylist()
    await device.stop()
    with pytest.raises(SourceUnavailable, match=r"hung up|does not answer"):
        await anext(stream)
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        await source.open()
    await device.start()
    await source.open()
    (after,) = await beats(source, ["count"], 1)
    await source.close()
    assert (before[0]["value"], after[0]["value"]) == (1.0, 2.0)
    assert before[0]["time"] < after[0]["time"]


async def test_closing_ends_a_stream_that_waits(device):
    source = ModbusSource(device.settings(COUNT, period=3600))
    await source.open()
    stream = source.stream(["count"], {})
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0.05)
    await source.close()
    async with asyncio.timeout(2):
        assert await waiting is None
