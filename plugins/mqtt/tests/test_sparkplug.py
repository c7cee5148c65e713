"""Sparkplug B edge nodes at a real broker, read by the host application."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import aiomqtt
from andon_mqtt.sparkplug.source import SparkplugSettings, SparkplugSource, look
from sparkplug_node import (
    BOOLEAN,
    DOUBLE,
    Metric,
    SparkplugNode,
)
from stream_reader import eventually, reading

from andon_sdk.connector import Quality, Tag

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
GOOD, UNCERTAIN, BAD = Quality.GOOD, Quality.UNCERTAIN, Quality.BAD


def source(broker, name, look=lambda settings: settings, **settings) -> SparkplugSource:
    usual = {
        "host": "127.0.0.1", "port": broker.port, "client_id": name, "host_id": name, "groups": [name],
        "gather_s": 0.02, "rebirth_s": 1.0, "reorder_s": 0.3, "browse_s": 1.0,
    }  # fmt: skip
    return SparkplugSource(look(SparkplugSettings.model_validate({**usual, **settings})))


def pump(**more) -> dict[str, Metric]:
    return {
        "flow": Metric("flow", DOUBLE, 1.5, at_ms=NOON_MS, unit="l/min"),
        "on/off": Metric("on/off", BOOLEAN, True, at_ms=NOON_MS),
        **more,
    }


def row(tag, seconds, value, quality=GOOD):
    return {"tag": tag, "time": NOON + timedelta(seconds=seconds), "value": value, "quality": quality}


async def test_births_name_what_data_tell_by_alias(broker):
    tags = ["births/n1//flow", "births/n1//on/off", "births/n1/pump/flow"]
    node = SparkplugNode(broker.port, "n1", {"": pump(), "pump": pump()}, "births", host_id="births")
    async with reading(source(broker, "births"), tags) as host, node:
        await eventually(lambda: node.host_says and node.host_says[-1]["online"])
        await node.birth()
        await node.data({"flow": 2.5}, at_ms=NOON_MS + 1000)
        await node.data({"flow": 3.5}, "pump", at_ms=NOON_MS + 2000)
        assert await host.until(5) == [
            row("births/n1//flow", 0, 1.5),
            row("births/n1//on/off", 0, 1.0),
            row("births/n1/pump/flow", 0, 1.5),
            row("births/n1//flow", 1, 2.5),
            row("births/n1/pump/flow", 2, 3.5),
        ]


async def test_a_node_that_was_there_before_is_asked_for_its_births(broker):
    async with SparkplugNode(broker.port, "n1", {"": pump()}, "late", host_id="late") as node:
        await node.birth()
        one = source(broker, "late")
        async with reading(one, ["late/n1//flow"]) as host:
            await eventually(lambda: one.ready)
            await node.data({"flow": 2.5}, at_ms=NOON_MS + 1000)
            assert await host.until(1) == [row("late/n1//flow", 0, 1.5)]
    assert node.births == 2
    assert one.tally.counts == {"value before a birth": 1}


async def test_a_lost_message_leads_to_a_rebirth(broker):
    async with SparkplugNode(broker.port, "n1", {"": pump()}, "lost", host_id="lost") as node:
        one = source(broker, "lost")
        async with reading(one, ["lost/n1//flow"]) as host:
            await eventually(lambda: one.ready)
            await node.birth()
            late = node.skip()
            await node.data({"flow": 3.5}, at_ms=NOON_MS + 2000)
            await node.say_late(late, {"flow": 2.5}, NOON_MS + 1000)
            assert [one["value"] for one in await host.until(3)] == [1.5, 2.5, 3.5]
            node.skip()
            await node.data({"flow": 4.5}, at_ms=NOON_MS + 3000)
            await eventually(lambda: node.births == 2)
            await node.data({"flow": 5.5}, at_ms=NOON_MS + 4000)
            assert [one["value"] for one in await host.until(4)] == [1.5, 2.5, 3.5, 5.5]
    assert one.tally.counts == {"value after a lost message": 1}


async def test_a_cut_connection_is_a_death(broker):
    node = SparkplugNode(broker.port, "n1", {"": pump(), "pump": pump()}, "cut", host_id="cut")
    one = source(broker, "cut")
    async with reading(one, ["cut/n1//flow", "cut/n1/pump/flow"]) as host:
        await eventually(lambda: one.ready)
        await node.__aenter__()
        await node.birth()
        await host.until(2)
        before = datetime.now(UTC)
        await node.cut()
        dead = (await host.until(4))[2:]
    assert [(one["tag"], one["value"], one["quality"]) for one in dead] == [
        ("cut/n1//flow", None, BAD),
        ("cut/n1/pump/flow", None, BAD),
    ]
    assert before <= dead[0]["time"] == dead[1]["time"] <= datetime.now(UTC)


async def test_the_host_says_whether_it_is_online(broker):
    async with aiomqtt.Client("127.0.0.1", broker.port) as anybody:
        await anybody.subscribe("spBv1.0/STATE/state", qos=1)

        async def said() -> tuple[bool, int, bool]:
            message = await anext(anybody.messages)
            state = json.loads(bytes(message.payload))
            return state["online"], state["timestamp"], message.retain

        async with asyncio.timeout(10), reading(source(broker, "state"), []):
            online, since, _ = await said()
            assert online
            await anybody.publish(
                "spBv1.0/STATE/state", json.dumps({"online": False, "timestamp": 0}), qos=1, retain=True
            )
            assert (await said())[:2] == (False, 0)
            assert (await said())[:2] == (True, since)
        async with asyncio.timeout(10):
            assert (await said())[:2] == (False, since)
            await anybody.unsubscribe("spBv1.0/STATE/state")
            await anybody.subscribe("spBv1.0/STATE/state", qos=1)
            assert await said() == (False, since, True)


async def test_browsing_lists_metrics_and_no_node_takes_it_for_its_host(broker):
    async with SparkplugNode(broker.port, "n1", {"": pump(), "d": pump()}, "look", host_id="look") as node:
        await node.birth()
        one = source(broker, "look", look=look)
        await one.open()
        listing = asyncio.create_task(one.browse())
        await asyncio.sleep(0.2)
        await node.data({"flow": 2.5})
        found = await listing
        await one.close()
    assert found == [
        Tag("look/n1//flow", unit="l/min", path=("look", "n1", "flow")),
        Tag("look/n1//on/off", path=("look", "n1", "on", "off")),
        Tag("look/n1/d/flow", unit="l/min", path=("look", "n1", "d", "flow")),
        Tag("look/n1/d/on/off", path=("look", "n1", "d", "on", "off")),
    ]
    assert (node.births, node.host_says) == (2, [])


async def test_a_node_that_stores_for_its_host_loses_nothing_in_an_outage_of_the_host(broker):
    """What was measured while the host was away comes as historical values, each once."""
    async with SparkplugNode(broker.port, "n1", {"": pump()}, "away", host_id="away") as node:
        one, kept = source(broker, "away"), []
        for part in range(2):
            first, stored = 100 * part, node.births and range(50, 100)
            async with reading(one, ["away/n1//flow"], {"away/n1//flow": kept[-1]["time"]} if kept else None) as host:
                await eventually(lambda: node.host_says and node.host_says[-1]["online"])
                await node.birth()
                for second in stored or ():
                    await node.data({"flow": second}, at_ms=NOON_MS + 1000 * second, historical=True)
                for second in range(first + 1, first + 50):
                    await node.data({"flow": second}, at_ms=NOON_MS + 1000 * second)
                await eventually(lambda until=first + 49: host.rows and host.rows[-1]["value"] == until)
            await eventually(lambda: not node.host_says[-1]["online"])
            kept += host.rows
    assert kept[0] == row("away/n1//flow", 0, 1.5)
    assert kept[1:] == [row("away/n1//flow", second, second) for second in [*range(1, 100), *range(101, 150)]]
