"""Sparkplug B edge nodes at a real broker, read by the host application."""

from datetime import UTC, datetime, timedelta

from andon_mqtt.sparkplug.source import SparkplugSettings, SparkplugSource
from sparkplug_node import (
    BOOLEAN,
    DOUBLE,
    Metric,
    SparkplugNode,
)
from stream_reader import eventually, reading

from andon_sdk.connector import Quality

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
GOOD, UNCERTAIN, BAD = Quality.GOOD, Quality.UNCERTAIN, Quality.BAD


def source(broker, name, **settings) -> SparkplugSource:
    return SparkplugSource(
        SparkplugSettings.model_validate(
            {
                "host": "127.0.0.1", "port": broker.port, "client_id": name, "host_id": name, "groups": [name],
                "gather_s": 0.02, "rebirth_s": 1.0, "reorder_s": 0.3, "browse_s": 1.0, **settings,
            }
        )
    )  # fmt: skip


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
    async with reading(source(broker, "births"), tags) as host:
        node = SparkplugNode(broker.port, "n1", {"": pump(), "pump": pump()}, "births", host_id="births")
        async with node:
            await eventually(lambda: node.host_says and node.host_says[-1]["online"])
            await node.birth()
            await node.data({"flow": 2.5}, at_ms=NOON_MS + 1000)
            await node.data({"flow": 3.5}, "pump", at_ms=NOON_MS + 2000)
            rows = await host.until(5)
    assert rows == [
        row("births/n1//flow", 0, 1.5),
        row("births/n1//on/off", 0, 1.0),
        row("births/n1/pump/flow", 0, 1.5),
        row("births/n1//flow", 1, 2.5),
        row("births/n1/pump/flow", 2, 3.5),
    ]
