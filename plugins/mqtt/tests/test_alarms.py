"""The news of alarms on a real broker."""

import asyncio
import json
from dataclasses import replace

import aiomqtt
import pytest
from andon_mqtt.alarms import Alarms, AlarmSettings
from notices import CLEARED, MINUTE, NOON, RAISED, TOLD
from pydantic import ValidationError

from andon_sdk.destination import DestinationUnavailable, as_json
from andon_sdk.edge.outward.alarms import look

[END] = look(TOLD, CLEARED, NOON + 10 * MINUTE)[1]


def settings(port: int, **more) -> AlarmSettings:
    return AlarmSettings.model_validate(
        {"host": "127.0.0.1", "port": port, "client_id": "alarms", "connect_s": 2, **more}
    )


async def retained(port: int, topic: str) -> dict:
    async with aiomqtt.Client("127.0.0.1", port) as client, asyncio.timeout(5):
        await client.subscribe(topic)
        async for message in client.messages:
            assert message.retain
            return {"topic": str(message.topic)} | json.loads(message.payload)
    raise AssertionError


async def test_the_last_notice_of_an_asset_is_kept_by_the_broker(broker, tmp_path):
    sink = Alarms(settings(broker.port), tmp_path)
    await sink.open()
    await sink.deliver(RAISED)
    assert await retained(broker.port, "andon/#") == {"topic": "andon/Ulm/L1/drill-02"} | as_json(RAISED)
    await sink.deliver(END)
    await sink.close()
    await sink.close()
    assert (await retained(broker.port, "andon/#"))["because"] == "recovered"


async def test_a_broker_that_is_away(own_broker, tmp_path):
    sink = Alarms(settings(own_broker.port), tmp_path)
    await sink.open()
    await own_broker.stop()
    with pytest.raises(DestinationUnavailable):
        await sink.deliver(RAISED)
    await sink.close()
    with pytest.raises(DestinationUnavailable, match="cannot be reached"):
        await sink.open()
    await own_broker.start()
    await sink.open()
    await sink.deliver(RAISED)
    await sink.close()


def test_a_name_stays_one_level():
    notice = replace(RAISED, asset="a/+/#", line="L 1")
    assert settings(1).topic_of(notice) == "andon/Ulm/L 1/a____"


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("a/{asset}/#", "no \\+, no #"),
        ("a/{aset}", "{aset} is none of {site}"),
        ("$SYS/{asset}", "no \\$ at the beginning"),
    ],
)
def test_topics_that_are_refused(topic, said):
    with pytest.raises(ValidationError, match=said):
        settings(1, topic=topic)
