"""Follows a tenant's streams and files what they carry: a follower a contract, for readings and for scores.

A follower reads from the sequence after the last committed one, through a consumer of its own that the server forgets:
the table, not the server, knows how far history is, so a kill between write and acknowledgement can neither lose nor
double a row. Messages arrive without a gap or the follower starts again from the table.

What is in history may go from the stream: the historian makes room there (`services.readings.room`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pyarrow as pa
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from services.enclaves.platform import Platform
from services.kernel import subjects, wire
from services.kernel.ids import TenantId
from services.kernel.streams import fetch
from services.readings.adapters.delta import HistoryTable
from services.readings.adapters.room import Room
from services.readings.committer import Committer, Piece
from services.readings.door.arrow import look_at_heads
from services.readings.errors import BodyUnreadable
from services.readings.tidying import Tidier

SEQUENCE = "sequence"
"""Column of the scores' history: where in the stream the readings are that were answered."""
COMMIT_S = 1.0
"""The longest a row waits for its commit to begin."""
COMMIT_ROWS = 200_000
COMMIT_BYTES = 64 * 1024 * 1024
_FETCH = 16
_DIGITS = 18
_IDLE_S = 2.0
_DISCOVER_S = 1.0
_FORGET_S = 60.0
_PENDING_BYTES = 256 * 1024 * 1024
ROOM_S = 5.0
"""How often room is made in the streams."""
TIDY_EVERY = 300
"""Commits after which a table is tidied."""

log = structlog.get_logger(__name__)


class StreamGap(Exception):
    """Messages were lost between server and follower (a reconnect); the follower begins again from the table."""


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of message and the table it goes to."""

    stream: str
    prefix: str
    series: tuple[str, ...]

    def table_key(self, contract: UUID) -> str:
        return (
            subjects.history_table(contract)
            if self.stream == subjects.READINGS_STREAM
            else subjects.scores_table(contract)
        )


READINGS = Source(subjects.READINGS_STREAM, "readings.", ("asset",))
SCORES = Source(subjects.SCORES_STREAM, "scores.", ("asset", "version"))


async def consume(platform: Platform, tenant: TenantId) -> None:
    """Runs until cancelled; a new contract's subject is noticed within a second. Raises what a follower raised."""
    jetstream = await platform.streams.jetstream(tenant)
    filed: dict[str, int] = {}
    tidier = Tidier()
    async with asyncio.TaskGroup() as followers:
        for source in (READINGS, SCORES):
            followers.create_task(_keep_room(jetstream, tenant, source, filed))
        while True:
            for source in (READINGS, SCORES):
                info = await jetstream.stream_info(source.stream, subjects_filter=f"{source.prefix}>")
                for subject in (info.state.subjects or {}).keys() - filed.keys():
                    filed[subject] = 0
                    followers.create_task(follow(platform, tenant, source, subject, filed, tidier))
            await asyncio.sleep(_DISCOVER_S)


async def _keep_room(jetstream: JetStreamContext, tenant: TenantId, source: Source, filed: Mapping[str, int]) -> None:
    info = await jetstream.stream_info(source.stream)
    assert info.created is not None
    room = Room(jetstream, tenant, source.stream, f"{source.prefix}>", info.created)
    while True:
        await room.make(filed)
        await asyncio.sleep(ROOM_S)


async def follow(
    platform: Platform,
    tenant: TenantId,
    source: Source,
    subject: str,
    filed: MutableMapping[str, int],
    tidier: Tidier,
) -> None:
    """Files one subject's messages until cancelled, beginning again from the table after a gap.

    `filed[subject]` is kept at the sequence up to which they are in history.
    """
    contract = UUID(subject.removeprefix(source.prefix))
    bucket = await platform.objects.bucket(tenant)
    jetstream = await platform.streams.jetstream(tenant)
    application = await application_of(jetstream, source.stream)
    while True:
        table = HistoryTable.of(bucket, source.table_key(contract), source.series)
        try:
            async with _tidying(tidier, table) as committed:
                await _file(jetstream, Committer(table, application), source, subject, filed, committed)
        except StreamGap as gap:
            log.warning("history begins again from its table", subject=subject, reason=str(gap))


async def application_of(jetstream: JetStreamContext, stream: str) -> str:
    """Names this incarnation of the stream: one that was made anew counts from 1 again."""
    info = await jetstream.stream_info(stream)
    assert info.created is not None
    return f"historian-{info.created:%Y%m%dT%H%M%S}"


async def _file(
    jetstream: JetStreamContext,
    committer: Committer,
    source: Source,
    subject: str,
    filed: MutableMapping[str, int],
    committed: Callable[[], None],
) -> None:
    filed[subject] = await asyncio.to_thread(lambda: committer.committed)
    reader = await _Reader.open(jetstream, source.stream, subject, filed[subject])
    gathering = asyncio.create_task(reader.gather())
    try:
        while True:
            pieces = await gathering
            gathering = asyncio.create_task(reader.gather())
            if pieces:
                rows = await asyncio.to_thread(committer.commit, pieces)
                filed[subject] = pieces[-1].sequence  # beyond the table's where the last could not be read
                log.debug("history committed", subject=subject, rows=rows, sequence=pieces[-1].sequence)
                committed()
    finally:
        gathering.cancel()
        await asyncio.gather(gathering, return_exceptions=True)
        await reader.close()


@asynccontextmanager
async def _tidying(tidier: Tidier, table: HistoryTable) -> AsyncIterator[Callable[[], None]]:
    """To be told of each commit: the table is tidied beside those that follow."""
    commits = 0
    task: asyncio.Task[None] | None = None

    def committed() -> None:
        nonlocal commits, task
        commits += 1
        if commits >= TIDY_EVERY and (task is None or task.done()):
            commits, task = 0, asyncio.create_task(tidier.tidy(table))

    try:
        yield committed
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class _Reader:
    """A consumer that is read in order, without acknowledgements, and notices a gap."""

    def __init__(self, jetstream: JetStreamContext, subscription: JetStreamContext.PullSubscription) -> None:
        self._jetstream = jetstream
        self._subscription = subscription
        self._delivered = 0

    @classmethod
    async def open(cls, jetstream: JetStreamContext, stream: str, subject: str, after: int) -> "_Reader":
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=_FORGET_S,
            mem_storage=True,
        )
        subscription = await jetstream.pull_subscribe(
            subject, stream=stream, config=config, pending_bytes_limit=_PENDING_BYTES
        )
        return cls(jetstream, subscription)

    async def gather(self) -> list[Piece]:
        """What came until a second after the first message, or until it is a commit's worth."""
        loop = asyncio.get_running_loop()
        pieces: list[Piece] = []
        rows = size = 0
        until = loop.time() + _IDLE_S
        while rows < COMMIT_ROWS and size < COMMIT_BYTES and (left := until - loop.time()) > 0:
            messages = await fetch(self._subscription, _FETCH, max(left, 0.01))
            if messages and not rows:
                until = loop.time() + COMMIT_S
            for message in messages:
                piece = self._piece(message)
                pieces.append(piece)
                rows, size = rows + piece.rows, size + len(message.data)
        if not pieces:
            await self._subscription.consumer_info()  # raises when the server forgot the consumer: then begin again
        return pieces

    def _piece(self, message: Msg) -> Piece:
        sequence = message.metadata.sequence
        self._delivered += 1
        if sequence.consumer != self._delivered:
            raise StreamGap(f"message {self._delivered} was expected, {sequence.consumer} came")
        return Piece(sequence.stream, _decoded(message))

    async def close(self) -> None:
        if self._jetstream._nc.is_connected:
            await self._subscription.unsubscribe()


def _decoded(message: Msg) -> pa.RecordBatch | None:
    """A batch, checked like a body at the door, for scores come from the tenant's own cluster; None if damaged."""
    try:
        look_at_heads(pa.py_buffer(message.data))
        batch = wire.decode(message.data)
        batch.validate(full=True)
    except (pa.ArrowException, BodyUnreadable, UnicodeDecodeError) as error:
        log.error("a damaged message was left out of history", subject=message.subject, reason=str(error))
        return None
    return _sequenced(batch)


def _sequenced(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Scores with the place in the stream of the readings that they answer: the order in which rows were scored, which
    their times do not tell."""
    sequence = (batch.schema.metadata or {}).get(b"sequence", b"")
    if not sequence.isdigit() or len(sequence) > _DIGITS or SEQUENCE in batch.schema.names:
        return batch
    return batch.append_column(SEQUENCE, pa.array(np.full(batch.num_rows, int(sequence)), pa.int64()))
