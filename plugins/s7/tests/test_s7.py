"""Against a real server, that is stopped and started."""

import asyncio
import logging
import socket
import struct
from importlib.metadata import entry_points

import pytest
from andon_s7.settings import S7Settings
from andon_s7.source import S7Source
from snap7.server import Server
from snap7.type import SrvArea

from andon_sdk.connector import SettingsRefused, SourceUnavailable, Tag

TAGS = [
    {"tag": "heat", "address": "DB10.DBD0", "unit": "degC", "title": "Heat"},
    {"tag": "on", "address": "M2.1"},
    {"tag": "far", "address": "DB10.DBD30"},
]


class Controller:
    """DB10 has 16 bytes: a number in the first four."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.data, self.markers = bytearray(16), bytearray(b"\0\0\2\0")

    async def start(self) -> None:
        self.server = Server(log=False)
        self.server.host = "127.0.0.1"
        self.server.register_area(SrvArea.DB, 10, self.data)
        self.server.register_area(SrvArea.MK, 0, self.markers)
        await asyncio.to_thread(self.server.start, self.port)

    def heat(self, value: float) -> None:
        self.server.memory_areas[next(key for key in self.server.memory_areas if key[1] == 10)][:4] = struct.pack(
            ">f", value
        )

    async def stop(self) -> None:
        await asyncio.to_thread(self.server.stop)

    def settings(self, **more: object) -> S7Settings:
        given = {"host": "127.0.0.1", "port": self.port, "period": 0.05, "timeout": 1, "tags": TAGS, **more}
        return S7Settings.model_validate(given)


@pytest.fixture(scope="module")
async def controller():
    controller = Controller()
    await controller.start()
    yield controller
    await controller.stop()


async def to_its_end(stream) -> None:
    async for _ in stream:
        pass


def test_it_is_offered():
    (found,) = entry_points(group="andon.plugins.v1", name="s7")
    (connector,) = found.load().connectors()
    assert (connector.key, connector.title) == ("s7", "Siemens S7")


async def test_what_is_listed_is_read_and_a_wrong_address_spoils_only_itself(controller, caplog):
    source = S7Source(controller.settings())
    await source.open()
    assert await source.browse() == [Tag("heat", "Heat", "degC"), Tag("on"), Tag("far")]
    controller.heat(21.5)
    stream = source.stream(["heat", "on", "far"], {})
    with caplog.at_level(logging.WARNING, "andon_s7"):
        first = (await anext(stream)).to_pylist()
        second = (await anext(stream)).to_pylist()
    controller.heat(22.5)
    third = (await anext(stream)).to_pylist()
    await source.close()
    assert {row["tag"]: (row["value"], row["quality"]) for row in first} == {
        "heat": (None, 2), "far": (None, 2), "on": (1.0, 0),
    }  # fmt: skip
    assert {row["tag"]: (row["value"], row["quality"]) for row in second} == {
        "heat": (21.5, 0), "far": (None, 2), "on": (1.0, 0),
    }  # fmt: skip
    assert [row["value"] for row in third if row["tag"] == "heat"] == [22.5]
    told = [message.partition(": ")[2].partition(":")[0] for message in caplog.messages if "DB10" in message]
    assert told == ["DB10 bytes 0 to 33", "DB10 bytes 30 to 33"]


async def test_an_outage_is_told_and_reading_goes_on_after_it(controller):
    source = S7Source(controller.settings(tags=TAGS[:2]))
    await source.open()
    with pytest.raises(SettingsRefused, match=r"^tags: None of the chosen tags"):
        await anext(source.stream(["elsewhere"], {}))
    controller.heat(1.0)
    stream = source.stream(["heat"], {})
    before = (await anext(stream)).to_pylist()
    await controller.stop()
    with pytest.raises(SourceUnavailable, match="hung up"):
        await to_its_end(stream)  # a connection that is open gets one more answer
    with pytest.raises(SourceUnavailable, match=r"\(rack 0, slot 1\) cannot be reached"):
        await source.open()
    await controller.start()
    controller.heat(2.0)
    await source.open()
    after = (await anext(source.stream(["heat"], {}))).to_pylist()
    await source.close()
    assert (before[0]["value"], after[0]["value"]) == (1.0, 2.0)
    assert before[0]["time"] < after[0]["time"]


async def test_closing_ends_a_stream_that_waits(controller):
    source = S7Source(controller.settings(tags=TAGS[:1], period=3600))
    await source.open()
    stream = source.stream(["heat"], {})
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0.05)
    await source.close()
    async with asyncio.timeout(2):
        assert await waiting is None
