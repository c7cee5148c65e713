"""Alarms written to nodes of a real server."""

from dataclasses import replace

import pytest
from andon_opcua.alarm_settings import AlarmSettings
from andon_opcua.alarms import Alarms, fits
from asyncua import ua
from notices import CLEARED, MINUTE, NOON, RAISED, TOLD
from opcua_plant import URI, Plant

from andon_sdk.connector import SettingsRefused
from andon_sdk.destination import DestinationUnavailable, Undeliverable
from andon_sdk.edge.outward.alarms import look

[END] = look(TOLD, CLEARED, NOON + 10 * MINUTE)[1]
KINDS = {
    "Lamp": (False, ua.VariantType.Boolean),
    "Level": (0, ua.VariantType.Byte),
    "Gauge": (0.0, ua.VariantType.Float),
    "Key": (True, ua.VariantType.Boolean),
    "Name": ("", ua.VariantType.String),
    "Fixed": (False, ua.VariantType.Boolean),
}


@pytest.fixture(scope="module")
async def plant():
    """A server of its own: others list what is on theirs."""
    plant = Plant("T0")
    await plant.start()
    yield plant
    await plant.stop()


@pytest.fixture(scope="module")
async def panel(plant):
    """{name: node} of a panel that clients may write to, but for `Fixed`."""
    folder = await plant.server.nodes.objects.add_folder(plant.space, "Panel")
    nodes = {}
    for name, (value, kind) in KINDS.items():
        nodes[name] = await folder.add_variable(ua.NodeId(name, plant.space), name, value, kind)
        if name != "Fixed":
            await nodes[name].set_writable()
    return nodes


def address(name: str) -> str:
    return f"nsu={URI};s={name}"


def settings(plant, name: str = "Lamp", **more: object) -> AlarmSettings:
    said = plant.settings().model_dump() | {"nodes": {"drill-02": address(name)}, "pause": 0}
    return AlarmSettings.model_validate(said | more)


async def opened(plant, tmp_path, *args, **more) -> Alarms:
    sink = Alarms(settings(plant, *args, **more), tmp_path)
    await sink.open()
    return sink


@pytest.mark.parametrize(
    ("name", "on", "off"), [("Lamp", True, False), ("Level", 3, 0), ("Gauge", 1, 0.5)], ids=["bool", "whole", "float"]
)
async def test_a_node_shows_the_alarm(plant, panel, tmp_path, name, on, off):
    sink = await opened(plant, tmp_path, name, on=on, off=off)
    await sink.deliver(RAISED)
    assert await panel[name].read_value() == on
    await sink.deliver(END)
    assert await panel[name].read_value() == off
    await sink.close()
    await sink.close()


async def test_other_assets_are_no_news(plant, panel, tmp_path):
    sink = await opened(plant, tmp_path)
    await sink.deliver(replace(RAISED, asset="drill-03"))
    assert await panel["Lamp"].read_value() is False
    await sink.close()


async def test_nothing_is_written_against_the_interlock(plant, panel, tmp_path):
    sink = await opened(plant, tmp_path, interlock=address("Key"))
    await panel["Key"].write_value(False)
    with pytest.raises(DestinationUnavailable, match="the interlock says False and not True: nothing is written"):
        await sink.deliver(RAISED)
    assert await panel["Lamp"].read_value() is False
    bad = ua.DataValue(ua.Variant(True), ua.StatusCode(ua.StatusCodes.BadSensorFailure))
    await plant.server.write_attribute_value(panel["Key"].nodeid, bad)
    with pytest.raises(DestinationUnavailable, match="the interlock is BadSensorFailure"):
        await sink.deliver(RAISED)
    await plant.server.write_attribute_value(panel["Key"].nodeid, ua.DataValue(ua.Variant(True)))
    await sink.deliver(RAISED)
    assert await panel["Lamp"].read_value() is True
    await sink.deliver(END)
    await sink.close()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"nodes": {"a": address("Lamb")}}, "nodes.a: ns=2;s=Lamb is BadNodeIdUnknown"),
        ({"nodes": {"a": "ns=9;z=1"}}, "nodes.a: ns=9;z=1 is no address of a node"),
        ({"nodes": {"a": address("Fixed")}}, "nodes.a: ns=2;s=Fixed may not be written by this user"),
        ({"nodes": {"a": address("Name")}}, "on: True is no String"),
        ({"nodes": {"a": address("Level")}, "on": 256, "off": 0}, "on: 256 is no Byte"),
        ({"nodes": {"a": address("Level")}, "on": 1, "off": False}, "off: False is no Byte"),
        ({"interlock": address("Kee")}, "interlock: ns=2;s=Kee is BadNodeIdUnknown"),
        ({"nodes": {"a": address("Lamp") + ";index=1"}}, "is an element of an array"),
    ],
)
async def test_settings_that_cannot_work_are_told_at_the_start(plant, panel, tmp_path, more, said):
    sink = Alarms(settings(plant, **more), tmp_path)
    with pytest.raises(SettingsRefused) as caught:
        await sink.open()
    await sink.close()
    assert said in str(caught.value)


async def test_a_server_that_refuses_a_write(plant, panel, tmp_path):
    sink = await opened(plant, tmp_path)
    await panel["Lamp"].set_read_only()
    with pytest.raises(Undeliverable, match="refused True for ns=2;s=Lamp: Bad"):
        await sink.deliver(RAISED)
    await panel["Lamp"].set_writable()
    await sink.close()


async def test_a_server_that_is_away(plant, tmp_path):
    sink = Alarms(settings(plant, url="opc.tcp://127.0.0.1:9"), tmp_path)
    with pytest.raises(DestinationUnavailable, match="cannot be reached"):
        await sink.open()
    await sink.close()


def test_what_fits_a_node():
    kind = ua.VariantType
    assert fits(True, kind.Boolean)
    assert not fits(1, kind.Boolean)
    assert not fits(True, kind.Double)
    assert fits(-128, kind.SByte)
    assert not fits(128, kind.SByte)
    assert not fits(0.5, kind.Int32)
    assert fits(1, kind.Float)
    assert not fits(1.0, kind.String)
