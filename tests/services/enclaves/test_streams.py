"""A tenant's stream account: what each user may do there, and that nobody reaches another's."""

import asyncio
import json
from dataclasses import replace

import aiomqtt
import nats
import pytest
from nats.errors import Error, NoRespondersError, NoServersError
from nats.errors import TimeoutError as NoAnswer
from nats.js.api import ConsumerConfig, DiscardPolicy

from infra.local import nats as local_nats
from services.enclaves import api
from services.enclaves.adapters.streams import NatsStreams, ensure_streams
from services.enclaves.contracts import StreamUser
from services.enclaves.errors import EnclaveMissing
from services.enclaves.model import inbox_prefix
from services.kernel.ids import new_id
from services.kernel.rights import system_principal

pytestmark = pytest.mark.platform
STREAMS = {
    "READINGS", "SCORES", "DEVICES", "TRAIN_COMMANDS", "TRAIN_PROGRESS", "SERVE_WANTED", "SERVE_APPLIED", "POSITIONS",
    "$MQTT_msgs",
}  # fmt: skip
MQTT_OWN = {"$MQTT_out", "$MQTT_qos2in", "$MQTT_rmsgs", "$MQTT_sess"}


@pytest.fixture
async def connect(platform, tenant):
    """Connects as a user of the tenant; keeps what the server refused."""
    opened = []

    async def open_as(user: StreamUser, of=tenant, prefix: str | None = None):
        async with platform.unit(of) as uow:
            ground = platform.platform.ground
            login = await api.stream_credential(uow, system_principal(of.id), ground, user)
        refused: list[str] = []

        async def note(error: Exception) -> None:
            refused.append(str(error))

        client = await nats.connect(
            login.url,
            user=login.user,
            password=login.password,
            inbox_prefix=prefix or inbox_prefix(user),
            error_cb=note,
            allow_reconnect=False,
        )
        opened.append(client)
        return client, refused

    yield open_as
    for client in opened:
        await client.close()


async def heard(refused: list[str], what: str) -> bool:
    for _ in range(40):
        if any(f"permissions violation for {what}" in why.lower() for why in refused):
            return True
        await asyncio.sleep(0.025)
    return False


async def publish_refused(client, refused: list[str], subject: str) -> bool:
    refused.clear()
    await client.publish(subject, b"")
    return await heard(refused, "publish")


async def subscribe_refused(client, refused: list[str], subject: str) -> bool:
    refused.clear()
    await client.subscribe(subject)
    return await heard(refused, "subscription")


async def test_streams_are_as_specified_and_stay(platform, tenant) -> None:
    js = await platform.platform.streams.jetstream(tenant.id)
    await js.publish("serve.wanted", b"kept")
    await ensure_streams(js)
    infos = {info.config.name: info for info in await js.streams_info()}
    assert set(infos) - MQTT_OWN == STREAMS
    assert infos["READINGS"].config.subjects == ["readings.*", "layout.readings"]
    assert infos["READINGS"].config.duplicate_window == 600.0
    assert infos["TRAIN_COMMANDS"].config.retention == "workqueue"
    assert infos["SERVE_WANTED"].config.max_msgs_per_subject == 1
    assert infos["SERVE_WANTED"].state.messages == 1
    assert (await js.consumer_info("TRAIN_COMMANDS", "trainer")).config.ack_wait == 10.0


async def test_streams_that_dropped_their_oldest_messages_are_brought_to_refusing_new_ones(platform, tenant) -> None:
    js = await platform.platform.streams.jetstream(tenant.id)
    await js.publish("readings.a", b"row")
    before = (await js.stream_info("READINGS")).state
    for name in ("READINGS", "SCORES"):
        config = (await js.stream_info(name)).config
        assert (config.discard, config.max_age) == ("new", 0)
        await js.update_stream(replace(config, discard=DiscardPolicy.OLD, max_age=86_400))
    await ensure_streams(js)
    for name, mib in (("READINGS", 2048), ("SCORES", 1024)):
        config = (await js.stream_info(name)).config
        assert (config.discard, config.max_age, config.max_bytes) == ("new", 0, mib * 1024 * 1024)
    assert (await js.stream_info("READINGS")).state == before


async def test_one_kept_connection(platform, tenant) -> None:
    streams = platform.platform.streams
    first, second = await asyncio.gather(streams.connection(tenant.id), streams.connection(tenant.id))
    assert first is second
    assert first.is_connected


async def test_an_account_whose_streams_are_not_made_yet_is_missing(platform, tenant) -> None:
    js = await platform.platform.streams.jetstream(tenant.id)
    await js.delete_stream("POSITIONS")
    streams = NatsStreams(platform.platform.database, platform.platform.ground)
    with pytest.raises(EnclaveMissing):
        await streams.connection(tenant.id)
    await ensure_streams(js)
    assert (await streams.connection(tenant.id)).is_connected
    await streams.close()


async def test_duplicate_is_dropped(platform, tenant) -> None:
    js = await platform.platform.streams.jetstream(tenant.id)
    subject, headers = f"readings.{new_id()}", {"Nats-Msg-Id": str(new_id())}
    first = await js.publish(subject, b"1", headers=headers)
    again = await js.publish(subject, b"1", headers=headers)
    assert (first.duplicate, again.duplicate, again.seq) == (None, True, first.seq)


async def test_trainer(platform, tenant, connect) -> None:
    platform_js = await platform.platform.streams.jetstream(tenant.id)
    await platform_js.publish("train.command", b"run 1")
    client, refused = await connect(StreamUser.TRAINER)
    js = client.jetstream()
    pull = await js.pull_subscribe_bind("trainer", "TRAIN_COMMANDS")
    (message,) = await pull.fetch(1, timeout=5)
    assert message.data == b"run 1"
    await message.in_progress()
    await message.ack_sync()
    assert (await js.publish("train.progress.1", b"half")).stream == "TRAIN_PROGRESS"
    assert not await subscribe_refused(client, refused, "train.cancel")
    for subject in (
        "readings.x", "scores.x", "train.command", "serve.wanted", "andon.x", "alarms.changed",
        "$JS.API.STREAM.DELETE.READINGS", "$JS.API.STREAM.PURGE.TRAIN_COMMANDS", "$JS.API.STREAM.MSG.GET.READINGS",
        "$JS.API.CONSUMER.MSG.NEXT.READINGS.scorer", "$JS.API.CONSUMER.CREATE.READINGS",
        "$JS.API.CONSUMER.DURABLE.CREATE.READINGS.mine", "$JS.ACK.READINGS.scorer.1.1.1.1.0", "$SYS.REQ.SERVER.PING",
    ):  # fmt: skip
        assert await publish_refused(client, refused, subject), subject
    for subject in (">", "readings.>", "train.command", "_INBOX.>", "_INBOX_scorer.>", "$JS.>", "$SYS.>"):
        assert await subscribe_refused(client, refused, subject), subject


async def test_scorer(platform, tenant, connect) -> None:
    platform_js = await platform.platform.streams.jetstream(tenant.id)
    for name in ("scorer", "scorer-7", "shadow"):
        await platform_js.add_consumer("READINGS", ConsumerConfig(name=name, durable_name=name, ack_policy="explicit"))
    await platform_js.publish("readings.a", b"row")
    await platform_js.publish("serve.wanted", b"state")
    client, refused = await connect(StreamUser.SCORER)
    js = client.jetstream()
    for name in ("scorer", "scorer-7", "shadow"):
        pull = await js.pull_subscribe_bind(name, "READINGS")
        messages = await pull.fetch(10, timeout=2)
        assert messages[-1].data == b"row"
        await messages[-1].ack_sync()
    assert (await js.get_last_msg("SERVE_WANTED", "serve.wanted")).data == b"state"
    assert (await js.publish("scores.a", b"score", headers={"Nats-Msg-Id": "s-1"})).stream == "SCORES"
    assert (await js.publish("serve.applied", b"done")).stream == "SERVE_APPLIED"
    assert (await js.get_last_msg("SERVE_APPLIED", "serve.applied")).data == b"done"
    for subject in (
        "readings.a", "layout.readings", "serve.wanted", "train.progress.1", "train.command", "train.cancel", "andon.x",
        "$JS.API.STREAM.DELETE.SERVE_WANTED", "$JS.API.STREAM.PURGE.READINGS", "$JS.API.STREAM.MSG.GET.SCORES",
        "$JS.API.CONSUMER.DELETE.READINGS.scorer", "$JS.API.CONSUMER.CREATE.READINGS.scorer",
        "$JS.API.CONSUMER.MSG.NEXT.TRAIN_COMMANDS.trainer", "$JS.API.STREAM.UPDATE.READINGS", "_INBOX_trainer.x",
    ):  # fmt: skip
        assert await publish_refused(client, refused, subject), subject
    for subject in ("scores.>", "readings.>", "train.>", "_INBOX.>", "_INBOX_trainer.>", "serve.applied"):
        assert await subscribe_refused(client, refused, subject), subject


async def test_device_speaks_mqtt_on_its_topic_only(platform, tenant, connect) -> None:
    async with platform.unit(tenant) as uow:
        ground = platform.platform.ground
        login = await api.stream_credential(uow, system_principal(tenant.id), ground, StreamUser.DEVICE)
    port = platform.state.known_port("mqtt")
    js = await platform.platform.streams.jetstream(tenant.id)
    before = (await js.stream_info("DEVICES")).state.messages
    for qos in (0, 1):
        async with aiomqtt.Client("127.0.0.1", port, username=login.user, password=login.password) as device:
            await device.publish("andon/drill", json.dumps({"a": qos}), qos=qos)
    async with aiomqtt.Client("127.0.0.1", port, username=login.user, password=login.password) as device:
        await device.publish("readings/x", b"forged", qos=0)
        await device.publish("andon/deep/er", b"deep", qos=0)
    for _ in range(50):
        if (await js.stream_info("DEVICES")).state.messages == before + 2:
            break
        await asyncio.sleep(0.05)
    assert (await js.stream_info("DEVICES")).state.messages == before + 2
    last = await js.get_last_msg("DEVICES", "andon.drill")
    assert last.data == b'{"a": 1}'
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", port, username=login.user, password="wrong") as device:
            await device.publish("andon/drill", b"")
    async with aiomqtt.Client("127.0.0.1", port, username=login.user, password=login.password) as device:
        await device.subscribe("andon/drill", qos=0)
        await js.publish("andon.drill", b"news")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(aiter(device.messages)), 0.3)
    with pytest.raises((Error, NoServersError)):  # the MQTT login does not open the other protocol
        await connect(StreamUser.DEVICE)


async def test_accounts_are_apart(platform, tenant, other_tenant, connect) -> None:
    ours, _ = await connect(StreamUser.PLATFORM)
    theirs, _ = await connect(StreamUser.PLATFORM, other_tenant)
    everything = await ours.subscribe(">")
    await ours.flush()
    contract = new_id()
    await theirs.jetstream().publish(f"readings.{contract}", b"secret")
    await theirs.publish("alarms.changed", b"secret")
    await theirs.flush()
    with pytest.raises(NoAnswer):
        await everything.next_msg(timeout=0.2)
    info = await ours.jetstream().stream_info("READINGS", f"readings.{contract}")
    assert not info.state.subjects
    with pytest.raises((NoAnswer, NoRespondersError)):
        await ours.request("$SYS.REQ.SERVER.PING", b"", timeout=0.3)


async def test_wrong_and_missing_passwords(platform, tenant) -> None:
    url = local_nats.url(platform.state)
    for options in ({}, {"user": f"tenant-{tenant.id.hex}.platform", "password": "guess"}, {"user": "closed"}):
        with pytest.raises((Error, NoServersError)):
            await nats.connect(url, allow_reconnect=False, connect_timeout=2, **options)
