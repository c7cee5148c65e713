"""From the readings stream to the scores stream, block by block.

One loop serves one role: champions or shadows, each with a consumer of its own. A message is acknowledged only after
its scores are on disk, and scores carry the message's sequence as their id, so a message that comes twice is scored
twice at most and counted once. The book is swapped between two blocks and never inside one.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from uuid import UUID

import pyarrow as pa
from nats.aio.msg import Msg
from nats.errors import Error as StreamError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.fleet.score import ABNORMAL
from services.kernel import subjects, wire
from services.kernel.pull import ConsumerLost, Puller
from services.kernel.together import Outgoing, publish_together
from services.serving.cluster.book import Block, Book

log = logging.getLogger(__name__)

BATCH = 64
RUN_BYTES = 16 * 1024 * 1024
"""Of messages that are scored in one call, so that a backlog costs neither the memory nor the patience with a block."""
ALL_READINGS = "readings.*"
REPLAY_MESSAGES, REPLAY_ROWS, REPLAY_SPAN = 256, 500_000, 1024
"""How far back a loop that starts looks, to remember what it would have remembered. The span counts purged messages
too: a stream under pressure loses those of one contract and keeps those of another."""
_RETRY_S = 0.5
_SAY_EVERY = 60
"""Tries between two warnings that scores cannot be published: one in half a minute."""


class ScoreLoop:
    """`run` until cancelled. `swap` a book in at any time; nothing is read before the first."""

    def __init__(
        self,
        js: JetStreamContext,
        consumer: str,
        role: int,
        compute: Executor,
        busy: Callable[[bool], None] | None = None,
        explain_above: float = ABNORMAL,
    ) -> None:
        """`compute` must be one thread: books are not scored from two at once. `busy` is told when scoring begins and
        ends. Rows whose value is above `explain_above` name the signals that made them so."""
        self.book = Book()
        self.position = 0
        """Stream sequence of the last message that was scored."""
        self.rows_in = self.rows_out = 0
        self._handed_out = 0
        self._js = js
        self._consumer = consumer
        self._role = role
        self._suffix = "-shadow" if role == wire.ROLE_SHADOW else ""
        self._compute = compute
        self._busy = busy or (lambda _: None)
        self._explain_above = explain_above
        self._between = asyncio.Lock()
        self._ready = asyncio.Event()

    async def swap(self, book: Book) -> None:
        """The book scores from the next block on, and goes on where the one before stood."""
        async with self._between:
            await asyncio.get_running_loop().run_in_executor(self._compute, book.go_on, self.book)
            if not self._ready.is_set():
                self._handed_out = await self._begin(book)
            self.book = book
        self._ready.set()

    async def run(self) -> None:
        """Scores until cancelled; comes back when the stream was away."""
        await self._ready.wait()
        while True:
            try:
                await self._catch_up(self._handed_out)
                async with Puller.of(self._js, subjects.READINGS_STREAM, self._consumer, batch=BATCH) as puller:
                    while True:
                        await self.take(await puller.next())
            except (ConsumerLost, StreamError, TimeoutError) as error:
                log.warning("readings cannot be pulled: %r", error)
                await asyncio.sleep(_RETRY_S)

    async def take(self, messages: Sequence[Msg]) -> None:
        """Scores messages, publishes, then acknowledges. A message at or before the position was scored already.

        What lies between the position and the next message was sent to a loop that died or over a connection that
        broke; it will come again, but later, so it is fetched now and scored in its turn.
        """
        run: list[Msg] = []
        expected = self.position + 1
        for message in messages:
            sequence = message.metadata.sequence.stream
            if sequence < expected:
                continue
            if sequence > expected or sum(len(one.data) for one in run) + len(message.data) > RUN_BYTES:
                await self._take_run(run)
                run = []
            if sequence > expected:
                await self._catch_up(sequence - 1)
            run.append(message)
            expected = sequence + 1
        await self._take_run(run)
        for message in messages:
            await message.ack()

    async def _take_run(self, run: Sequence[Msg]) -> None:
        """Messages without a gap between them, in one call of the book."""
        if run:
            await self._answer([block for message in run if (block := _block(message)) is not None])
            self.position = run[-1].metadata.sequence.stream

    async def _answer(self, blocks: Sequence[Block]) -> None:
        if not blocks:
            return
        async with self._between:
            scored = await self._score(self.book, blocks)
        await self._publish([(block, batch) for block, batch in zip(blocks, scored, strict=True) if batch])

    async def ask(self, contract: UUID, batch: pa.RecordBatch) -> pa.RecordBatch | None:
        """Request and response, beside the stream."""
        async with self._between:
            book = self.book
        return await asyncio.get_running_loop().run_in_executor(self._compute, book.ask, contract, batch)

    async def _score(self, book: Book, blocks: Sequence[Block]) -> list[pa.RecordBatch | None]:
        self._busy(True)
        try:
            scored = await asyncio.get_running_loop().run_in_executor(
                self._compute, book.score, blocks, self._role, self._explain_above
            )
        finally:
            self._busy(False)
        self.rows_in += sum(block.batch.num_rows for block in blocks)
        self.rows_out += sum(batch.num_rows for batch in scored if batch is not None)
        return scored

    async def _publish(self, scored: Sequence[tuple[Block, pa.RecordBatch]]) -> None:
        """Until every message is on disk, however long the stream is away or full; it drops those it has already."""
        left = [
            Outgoing(
                subjects.scores(block.contract),
                wire.encode(batch),
                {"Nats-Msg-Id": f"s-{block.sequence}{self._suffix}"},
            )
            for block, batch in scored
        ]
        tries = 0
        while failed := await publish_together(self._js, left):
            if tries % _SAY_EVERY == 0:
                log.warning("%d scores messages are not on disk yet: %r", len(failed), failed[0][1])
            tries += 1
            left = [message for message, _ in failed]
            await asyncio.sleep(_RETRY_S)

    async def _begin(self, book: Book) -> int:
        """Where the loop before stood: scores the last messages before that once more, for nobody, so that windows and
        missing signals are as they were. Assets whose last rows lie further back begin as new ones. Returns how far
        messages were handed out already."""
        info = await self._js.consumer_info(subjects.READINGS_STREAM, self._consumer)
        self.position = info.ack_floor.stream_seq if info.ack_floor else 0
        found: list[Block] = []
        rows = 0
        for sequence in range(self.position, max(self.position - REPLAY_SPAN, 0), -1):
            if len(found) >= REPLAY_MESSAGES or rows >= REPLAY_ROWS:
                break
            try:
                raw = await self._js.get_msg(subjects.READINGS_STREAM, seq=sequence, direct=True)
            except NotFoundError:
                continue
            block = _decoded(sequence, raw.subject or "", raw.data or b"")
            if block is not None:
                found.append(block)
                rows += block.batch.num_rows
        for block in reversed(found):
            await asyncio.get_running_loop().run_in_executor(self._compute, book.score, [block], self._role)
        log.info("remembered %d messages, %d rows before %d", len(found), rows, self.position)
        return info.delivered.stream_seq if info.delivered else 0

    async def _catch_up(self, end: int) -> None:
        """Scores what lies between the position and `end`, that included."""
        while self.position < end:
            try:
                raw = await self._js.get_msg(
                    subjects.READINGS_STREAM, seq=self.position + 1, subject=ALL_READINGS, direct=True, next=True
                )
            except NotFoundError:
                break
            sequence = raw.seq or end
            if sequence > end:
                break
            block = _decoded(sequence, raw.subject or "", raw.data or b"")
            await self._answer([] if block is None else [block])
            self.position = sequence
        self.position = max(self.position, end)


def _block(message: Msg) -> Block | None:
    return _decoded(message.metadata.sequence.stream, message.subject, message.data)


def _decoded(sequence: int, subject: str, data: bytes) -> Block | None:
    """None for what is no readings batch: the door lets none in, and one must not stop the others."""
    try:
        return Block(sequence, UUID(subject.rsplit(".", 1)[-1]), wire.decode(data))
    except (ValueError, pa.ArrowException) as error:
        log.error("message %d of the readings is no readings batch: %s", sequence, error)
        return None
