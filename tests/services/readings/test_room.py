"""Room in a stream: what may go goes, the oldest first; what is not in history stays whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy
from nats.js.errors import APIError, NotFoundError
from structlog.testing import capture_logs

from services.kernel import subjects
from services.kernel.ids import TenantId, new_id
from services.readings.adapters.room import BEHIND, FULL, UNREAD, Room
from services.readings.room import Fill, Look, calm, pressed

FITS = 100
"""Messages the stream of these tests takes."""


def test_above_a_share_lies_the_oldest_of_the_messages() -> None:
    assert Fill(1, 100, 100, 1000, 1000).above(0.25) == 76
    assert Fill(901, 1000, 100, 400, 1000).above(0.25) == 939
    assert Fill(901, 1000, 100, 250, 1000).above(0.25) == 901


def test_messages_are_counted_from_the_end_for_holes_are_at_the_beginning() -> None:
    assert Fill(1, 10_000, 5_001, 1000, 1000).above(0.8) == 6_001


def test_what_is_not_in_history_bounds_its_own_subject_only() -> None:
    look = Look(Fill(1, 100, 100, 1000, 1000), {"a": 101, "b": 12}, unread=50)
    assert calm(look) == {"a": 50, "b": 12}
    assert list(pressed(look, wait=False)) == [{"a": above, "b": 12} for above in (*range(21, 100, 10), 101)]
    assert list(pressed(look, wait=True)) == [{"a": above, "b": 12} for above in (21, 31, 41, *[50] * 6)]
    assert list(pressed(Look(Fill(7, 7, 1, 900, 1000), {"a": 8}, unread=8), wait=True)) == [{"a": 8}]


@dataclass
class Scene:
    """A stream that takes `FITS` messages of two subjects and whose sequences begin with 1."""

    js: JetStreamContext
    tenant: TenantId
    stream: str
    a: str
    b: str

    async def send(self, *names: str) -> None:
        for subject in names:
            await self.js.publish(subject, b"x" * 500)

    async def room(self) -> Room:
        info = await self.js.stream_info(self.stream)
        assert info.created is not None
        return Room(self.js, self.tenant, self.stream, f"{self.a.split('.')[0]}.>", info.created)

    async def reader(self) -> JetStreamContext.PullSubscription:
        config = ConsumerConfig(name="reader", durable_name="reader", ack_policy=AckPolicy.EXPLICIT)
        await self.js.add_consumer(self.stream, config)
        return await self.js.pull_subscribe_bind("reader", self.stream)

    async def sequences(self) -> list[int]:
        found, after = [], 0
        while True:
            try:
                raw = await self.js.get_msg(self.stream, seq=after + 1, subject=">", direct=True, next=True)
            except NotFoundError:
                return found
            assert raw.seq is not None
            found.append(after := raw.seq)


async def read(reader: JetStreamContext.PullSubscription, count: int) -> list[Msg]:
    """The next messages; one fetch may bring fewer than were asked for."""
    found: list[Msg] = []
    while len(found) < count:
        found += await reader.fetch(count - len(found))
    return found


def places(messages: list[Msg]) -> list[int]:
    return [message.metadata.sequence.stream for message in messages]


@pytest.fixture(params=[subjects.READINGS_STREAM])
async def scene(platform, tenant, request) -> AsyncIterator[Scene]:
    js = await platform.platform.streams.jetstream(tenant.id)
    prefix = request.param.lower()
    made = Scene(js, tenant.id, request.param, f"{prefix}.{new_id()}", f"{prefix}.{new_id()}")
    config = (await js.stream_info(request.param)).config
    await js.delete_stream(request.param)
    await js.add_stream(config)
    await made.send(made.a)
    size = (await js.stream_info(request.param)).state.bytes
    await js.delete_stream(request.param)
    await js.add_stream(replace(config, max_bytes=FITS * size))
    yield made
    await js.delete_stream(request.param)
    await js.add_stream(config)


@pytest.mark.platform
async def test_a_full_stream_refuses_and_keeps_what_is_not_in_history(scene: Scene) -> None:
    assert (await scene.js.stream_info(scene.stream)).config.discard == DiscardPolicy.NEW
    await scene.send(*[scene.a] * FITS)
    with pytest.raises(APIError, match="maximum bytes exceeded"):
        await scene.send(scene.a)
    await (await scene.room()).make({})
    assert await scene.sequences() == list(range(1, 101))
    assert FULL.labels(str(scene.tenant), scene.stream)._value.get() == 1.0
    assert 0 < BEHIND.labels(str(scene.tenant), scene.stream)._value.get() < 600


@pytest.mark.platform
async def test_what_is_in_history_goes_down_to_the_tail(scene: Scene) -> None:
    await scene.send(*[scene.a] * FITS)
    room = await scene.room()
    await room.make({scene.a: 40})
    assert await scene.sequences() == list(range(41, 101))
    await room.make({scene.a: 100})
    assert await scene.sequences() == list(range(76, 101))
    assert BEHIND.labels(str(scene.tenant), scene.stream)._value.get() == 0
    await room.make({scene.a: 100})
    assert await scene.sequences() == list(range(76, 101))


@pytest.mark.platform
async def test_a_contract_that_lags_keeps_every_row_and_holds_the_others_only_while_there_is_room(scene: Scene) -> None:
    await scene.send(*[scene.a, scene.b] * 39)
    room = await scene.room()
    filed = {scene.a: 77, scene.b: 10}
    await room.make(filed)
    assert await scene.sequences() == list(range(12, 79))  # 67 %: in one piece
    await scene.send(*[scene.a, scene.b] * 11)
    await room.make({scene.a: 99, scene.b: 10})
    kept_of_a = [sequence for sequence in await scene.sequences() if sequence % 2]
    assert [sequence for sequence in await scene.sequences() if not sequence % 2] == list(range(12, 101, 2))
    assert kept_of_a == list(range(77, 100, 2))  # 89 were 89 %; the tail of 25 begins with 76


@pytest.mark.platform
async def test_a_reader_that_lags_finds_its_messages_while_there_is_room(scene: Scene) -> None:
    reader = await scene.reader()
    await scene.send(*[scene.a] * 60)
    for message in await read(reader, 10):
        await message.ack_sync()
    await (await scene.room()).make({scene.a: 60})
    assert await scene.sequences() == list(range(11, 61))
    assert places(await read(reader, 50)) == list(range(11, 61))


@pytest.mark.platform
async def test_when_the_stream_is_nearly_full_history_is_enough(scene: Scene) -> None:
    reader = await scene.reader()
    await scene.send(*[scene.a] * FITS)
    missed = UNREAD.labels(str(scene.tenant), scene.stream)._value.get()
    with capture_logs() as logs:
        await (await scene.room()).make({scene.a: 100})
    assert await scene.sequences() == list(range(21, 101))
    assert UNREAD.labels(str(scene.tenant), scene.stream)._value.get() == missed + 20
    assert [(line["log_level"], line["stream"], line["messages"], line["unread_from"]) for line in logs] == [
        ("warning", scene.stream, 20, 1)
    ]
    assert places(await read(reader, 80)) == list(range(21, 101))
    await scene.send(*[scene.a] * 20)


@pytest.mark.platform
async def test_under_pressure_rows_that_are_not_in_history_stay_all_the_same(scene: Scene) -> None:
    await scene.reader()
    await scene.send(*[scene.b] * 70, *[scene.a] * 30)
    room = await scene.room()
    await room.make({scene.a: 100})
    assert await scene.sequences() == [*range(1, 71), *range(91, 101)]
    await scene.send(*[scene.b] * 10)


@pytest.mark.platform
@pytest.mark.parametrize("scene", [subjects.SCORES_STREAM], indirect=True)
async def test_a_reader_that_tells_its_position_is_waited_for(scene: Scene) -> None:
    place = subjects.position(scene.stream, "alarms")
    await scene.js.publish(place, b"5")
    await scene.send(*[scene.a] * 60)
    room = await scene.room()
    await room.make({scene.a: 60})
    assert await scene.sequences() == list(range(6, 61))
    await scene.js.publish(place, b"900")  # of a stream before this one
    await room.make({scene.a: 60})
    assert await scene.sequences() == list(range(6, 61))
    await scene.js.publish(place, b"60")
    await room.make({scene.a: 60})
    assert await scene.sequences() == list(range(36, 61))


@pytest.mark.platform
async def test_what_was_filed_of_a_stream_says_nothing_of_the_one_made_anew(scene: Scene) -> None:
    room = await scene.room()
    config = (await scene.js.stream_info(scene.stream)).config
    await asyncio.sleep(0.01)
    await scene.js.delete_stream(scene.stream)
    await scene.js.add_stream(config)
    await scene.send(*[scene.a] * FITS)
    await room.make({scene.a: 100})
    assert await scene.sequences() == list(range(1, 101))
