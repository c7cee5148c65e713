"""Plain topics, read from real brokers."""

import asyncio
import json
import subprocess
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import aiomqtt
import pytest
from andon_mqtt.source import MqttSource, look
from andon_mqtt.topic_settings import MqttSettings
from brokers import Broker, free_port, mosquitto, nats
from stream_reader import eventually, reading

from andon_sdk.connector import Quality, SettingsRefused, SourceUnavailable, Tag, installed
from andon_sdk.edge.config import SourcePart
from andon_sdk.edge.look import browse
from infra.local import certificates
from infra.local.state import State

DAY = 1440
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def usual(broker, name) -> dict:
    """Reads `name/<tag>`, whose payloads are {"v": value, "t": time}."""
    topic = {"topic": f"{name}/{{tag}}", "tag": "{tag}", "value": "/v", "time": "/t"}
    return {"host": "127.0.0.1", "port": broker.port, "client_id": name, "topics": [topic], "gather_s": 0.02}


def source(broker, name, look=lambda settings: settings, **settings) -> MqttSource:
    return MqttSource(look(MqttSettings.model_validate({**usual(broker, name), **settings})))


def device(broker, **options) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", broker.port, **options)


async def say(client, topic, value, seconds=0, **options) -> None:
    payload = json.dumps({"v": value, "t": (NOON + timedelta(seconds=seconds)).isoformat()})
    await client.publish(topic, payload, **{"qos": 1, **options})


def row(tag, seconds, value, quality=Quality.GOOD):
    return {"tag": tag, "time": NOON + timedelta(seconds=seconds), "value": value, "quality": quality}


async def test_values_come_with_their_own_times(broker):
    one = source(broker, "values")
    async with reading(one, ["flow", "level"]) as plant, device(broker) as machine:
        await eventually(lambda: one.ready)
        await say(machine, "values/flow", 1.5)
        await say(machine, "values/level", True, 1, qos=0)
        await say(machine, "values/unasked", 7)
        await say(machine, "values/flow", None, 2)
        assert await plant.until(3) == [row("flow", 0, 1.5), row("level", 1, 1.0), row("flow", 2, None, Quality.BAD)]


async def test_bad_payloads_stop_nothing(broker):
    one = source(broker, "bad", max_payload_bytes=128)
    async with reading(one, ["flow"]) as plant, device(broker) as machine:
        await eventually(lambda: one.ready)
        await machine.publish("bad/flow", b"\xff\x00", qos=1)
        await machine.publish("bad/flow", b"x" * 200, qos=1)  # short enough for the broker's limit, too long for ours
        await machine.publish("bad/flow", b"x" * 200_000, qos=1)  # the broker does not send it
        await say(machine, "bad/flow", 1)
        assert await plant.until(1) == [row("flow", 0, 1.0)]
    assert one.tally.counts == {"payload is not JSON": 1, "payload too long": 1}
    assert one.tally.samples["payload is not JSON"] == "�\x00"


async def test_retained_values_count_if_they_say_their_time(broker):
    async with device(broker) as machine:
        await say(machine, "kept/flow", 1, retain=True)
        await machine.publish("kept/level", b"5", qos=1, retain=True)
    topics = [
        {"topic": "kept/flow", "tag": "flow", "value": "/v", "time": "/t"},
        {"topic": "kept/level", "tag": "level", "payload": "number"},
    ]
    one = source(broker, "kept", topics=topics)
    async with reading(one, ["flow", "level"]) as plant:
        assert await plant.until(1) == [row("flow", 0, 1.0)]
        await eventually(lambda: one.tally.counts == {"retained value of unknown age": 1})


async def test_browsing_lists_tags_and_takes_no_message_from_who_is_running(broker):
    """As `andon-edge browse` does it, with the settings of the edge that is running."""
    installed()  # imports all plugins, which would hold up the machine below
    settings = {**usual(broker, "browsed"), "browse_s": 1.0}
    part = SourcePart(name="plant", connector="mqtt", settings=settings)
    one = source(broker, "browsed")
    async with reading(one, ["flow"]) as plant, device(broker) as machine:
        await eventually(lambda: one.ready)
        listing = asyncio.create_task(browse(part, "edge.toml"))
        while not listing.done():
            await say(machine, "browsed/flow", len(plant.rows), len(plant.rows))
            await asyncio.sleep(0.02)
        assert await listing == [Tag("flow", path=("flow",))]
        await say(machine, "browsed/flow", 1, 86_400)
        await eventually(lambda: plant.rows[-1] == row("flow", 86_400, 1.0))
        assert not plant.task.done()


async def test_a_dry_run_takes_nothing_from_the_edge(broker):
    async with reading(one := source(broker, "dry"), ["flow"]), device(broker):
        await eventually(lambda: one.ready)
    async with device(broker) as machine:
        await say(machine, "dry/flow", 1)
        async with reading(dry := source(broker, "dry", look), ["flow"]) as tried:
            await eventually(lambda: dry.ready)
            await say(machine, "dry/flow", 2, 1)
            assert await tried.until(1) == [row("flow", 1, 2.0)]
    async with reading(one, ["flow"]) as plant:
        assert await plant.until(2) == [row("flow", 0, 1.0), row("flow", 1, 2.0)]


async def test_what_is_not_on_disk_comes_again(broker):
    """The edge is killed after it got a batch and before it asked for the next."""
    one = source(broker, "again")
    await one.open()
    async with aclosing(one.stream(["flow"], {})) as stream, device(broker) as machine:
        waiting = asyncio.create_task(anext(stream))
        await eventually(lambda: one.ready)
        await say(machine, "again/flow", 1)
        first = await waiting
    await one.close()
    async with reading(source(broker, "again"), ["flow"]) as plant, device(broker) as machine:
        await say(machine, "again/flow", 2, 1)
        assert await plant.until(2) == [*first.to_pylist(), row("flow", 1, 2.0)]


async def test_what_is_on_disk_comes_once_though_the_broker_did_not_hear_of_it(own_broker):
    one = source(own_broker, "once")
    await one.open()
    stream = one.stream(["flow"], {})
    async with device(own_broker) as machine:
        waiting = asyncio.create_task(anext(stream))
        await eventually(lambda: one.ready)
        await say(machine, "once/flow", 1)
        assert (await waiting).num_rows == 1
    await own_broker.stop()
    with pytest.raises(SourceUnavailable, match=r"connection to the broker .* was lost"):
        await anext(stream)
    await own_broker.start()
    await one.close()
    async with reading(one, ["flow"]) as plant, device(own_broker) as machine:
        await say(machine, "once/flow", 2, 1)
        assert await plant.until(1) == [row("flow", 1, 2.0)]


async def machine(broker, name) -> None:
    """Says its minutes of a day, and says one again when it got no answer."""
    minute = 0
    while minute < DAY:
        try:
            async with device(broker, identifier=f"machine-{name}", timeout=0.5) as client:
                while minute < DAY:
                    await say(client, f"day/{name}", minute, 60 * minute)
                    minute += 1
        except aiomqtt.MqttError:
            await asyncio.sleep(0.05)


async def edge(broker, protocol, kept: list) -> None:
    """Keeps what comes, and opens the source again whenever the broker is away."""
    one = source(broker, "day", protocol=protocol)
    while True:
        try:
            await one.open()
            async for batch in one.stream(["a", "b"], {}):
                kept.extend(batch.to_pylist())
        except SourceUnavailable:
            await asyncio.sleep(0.05)
        finally:
            await one.close()


async def ended(task: asyncio.Task) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_day_with_outages_of_the_broker_and_of_the_edge(own_broker, protocol):
    """All is there in its order; what a machine said again since it got no answer is all that comes twice."""
    kept: list[dict] = []

    async def more(count: int) -> None:
        until = len(kept) + count
        await eventually(lambda: len(kept) >= until, 30)

    first = asyncio.create_task(edge(own_broker, protocol, kept))
    await asyncio.sleep(0.3)
    machines = asyncio.gather(machine(own_broker, "a"), machine(own_broker, "b"))
    for _ in range(2):
        await more(200)
        await own_broker.stop()
        await asyncio.sleep(0.2)
        await own_broker.start()
    await more(200)
    await ended(first)
    await asyncio.sleep(0.2)
    second = asyncio.create_task(edge(own_broker, protocol, kept))
    await machines
    await eventually(lambda: len({(row["tag"], row["time"]) for row in kept}) == 2 * DAY, 30)
    await ended(second)
    for tag in "ab":
        rows = [(row["time"], row["value"]) for row in kept if row["tag"] == tag]
        assert list(dict.fromkeys(rows)) == [(NOON + timedelta(minutes=one), float(one)) for one in range(DAY)]
    assert len(kept) <= 2 * DAY + 4  # each machine may repeat one message an outage


async def test_nats_keeps_messages_too_while_the_edge_is_away(tmp_path):
    async with nats(tmp_path) as broker, device(broker) as sender:
        one = source(broker, "nats", protocol="3.1.1")
        async with reading(one, ["flow"]) as plant:
            await eventually(lambda: one.ready)
            await say(sender, "nats/flow", 1)
            assert await plant.until(1) == [row("flow", 0, 1.0)]
        await say(sender, "nats/flow", 2, 1)
        async with reading(one, ["flow"]) as plant:
            assert await plant.until(1) == [row("flow", 1, 2.0)]


async def test_edges_of_one_group_divide_the_messages(broker):
    both = [source(broker, "shared", client_id=f"shared-{one}", share="g") for one in range(2)]
    async with reading(both[0], ["flow"]) as a, reading(both[1], ["flow"]) as b, device(broker) as sender:
        for one in both:
            await eventually(lambda one=one: one.ready)
        for second in range(20):
            await say(sender, "shared/flow", second, second)
        await eventually(lambda: len(a.rows) + len(b.rows) == 20)
        assert sorted(row["value"] for row in a.rows + b.rows) == list(range(20))
        assert a.rows
        assert b.rows


async def test_a_flood_without_acknowledgement_is_cut_and_one_with_it_waits(broker):
    """The stream stands still, as when the disk is full."""
    one = source(broker, "flood", in_flight=10, max_waiting_bytes=1_048_576)
    await one.open()
    stream = one.stream(["flow"], {})
    async with device(broker) as sender:
        waiting = asyncio.create_task(anext(stream))
        await eventually(lambda: one.ready)
        await say(sender, "flood/flow", 0)
        await waiting
        for _ in range(20):
            await sender.publish("flood/flow", b" " * 100_000, qos=0)
        for second in range(1, 51):
            await say(sender, "flood/flow", second, second)
        await eventually(lambda: one.tally.counts.get("flooded: QoS 0 message not kept", 0) >= 8)
        values: list[float] = []
        while len(values) < 50:
            values += (await anext(stream)).column("value").to_pylist()
    await one.close()
    assert values == [float(second) for second in range(1, 51)]


async def test_tls_certificate_user_and_password(tmp_path):
    certificates.ensure(State(tmp_path / "state"), tmp_path)
    users = ["mosquitto_passwd", "-b", "-c", str(tmp_path / "users"), "ada", "secret"]
    await asyncio.to_thread(subprocess.run, users, check=True)
    files = {"ca_file": "ca.crt", "certificate_file": "tls.crt", "key_file": "tls.key"}
    files = {name: str(tmp_path / file) for name, file in files.items()}
    lines = [
        f"cafile {tmp_path}/ca.crt", f"certfile {tmp_path}/tls.crt", f"keyfile {tmp_path}/tls.key",
        "require_certificate true", f"password_file {tmp_path}/users",
    ]  # fmt: skip
    async with mosquitto(tmp_path, *lines) as broker:
        safe = {"tls": True, "user": "ada", **files}
        one = source(broker, "safe", password="secret", **safe)
        await one.open()
        await one.close()
        with pytest.raises(SettingsRefused, match=r"refuses us: .*Look at client_id, user, password"):
            await source(broker, "safe", password="wrong", **safe).open()
        with pytest.raises(SourceUnavailable, match="certificate verify failed"):
            await source(broker, "safe", tls=True, user="ada", password="secret").open()
        with pytest.raises(SettingsRefused, match=r"certificate_file: .* are no use"):
            await source(broker, "safe", **{**safe, "key_file": files["ca_file"]}).open()
        with pytest.raises(SourceUnavailable):
            await source(broker, "safe", user="ada", connect_s=2).open()


async def test_a_broker_that_is_not_there(tmp_path):
    nobody = Broker([], free_port())
    with pytest.raises(SourceUnavailable, match=r"cannot be reached: .*refused"):
        await source(nobody, "nobody").open()
    with pytest.raises(SourceUnavailable, match="not open"):
        await source(nobody, "nobody").browse()
