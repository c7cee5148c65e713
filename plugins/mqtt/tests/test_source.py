"""Plain topics, read from real brokers."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiomqtt
from andon_mqtt.source import MqttSource
from andon_mqtt.topic_settings import MqttSettings

from andon_sdk.connector import Quality

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMED = {"topic": "plant/{line}/{tag}", "tag": "{line}.{tag}", "value": "/v", "time": "/t"}


def source(broker, *topics, **settings) -> MqttSource:
    return MqttSource(
        MqttSettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": broker.port,
                "client_id": "edge-1",
                "topics": topics or [TIMED],
                "gather_s": 0.02,
                **settings,
            }
        )
    )


@asynccontextmanager
async def device(broker, **options):
    async with aiomqtt.Client("127.0.0.1", broker.port, **options) as client:
        yield client


async def publish(client, topic, value, time=NOON, qos=1, **more):
    await client.publish(topic, json.dumps({"v": value, "t": time.isoformat(), **more}), qos=qos)


class Taking:
    """A stream that is read in the background, as the edge reads it."""

    def __init__(self, source, tags):
        self.source, self.rows, self.error = source, [], None
        self._task = asyncio.create_task(self._take(tags))

    async def _take(self, tags):
        stream = self.source.stream(tags, {})
        async for batch in stream:
            self.rows += batch.to_pylist()

    async def until(self, count, seconds=10.0):
        async with asyncio.timeout(seconds):
            while len(self.rows) < count:
                if self._task.done():
                    self._task.result()
                await asyncio.sleep(0.01)
        return self.rows

    async def end(self):
        await self.source.close()
        async with asyncio.timeout(5):
            await self._task


@asynccontextmanager
async def taking(source, tags):
    await source.open()
    one = Taking(source, tags)
    await asyncio.sleep(0.3)
    yield one
    await one.end()


async def test_values_come_with_their_own_times(broker):
    async with taking(source(broker, client_id="values"), ["l1.flow", "l1.level"]) as taken, device(broker) as plant:
        await publish(plant, "plant/l1/flow", 1.5)
        await publish(plant, "plant/l1/level", True, NOON + timedelta(seconds=1))
        await publish(plant, "plant/l1/unasked", 7)
        await publish(plant, "plant/l1/flow", None, NOON + timedelta(seconds=2))
        rows = await taken.until(3)
    assert rows == [
        {"tag": "l1.flow", "time": NOON, "value": 1.5, "quality": Quality.GOOD},
        {"tag": "l1.level", "time": NOON + timedelta(seconds=1), "value": 1.0, "quality": Quality.GOOD},
        {"tag": "l1.flow", "time": NOON + timedelta(seconds=2), "value": None, "quality": Quality.BAD},
    ]
