"""From the readings stream to the scores stream, block by block.

One loop serves one role: champions or shadows, each with a consumer of its own. A message is acknowledged only after
its scores are on disk, and scores carry the message's sequence as their id, so a message that comes twice is scored
twice at most and counted once. The book is swapped between two blocks and never inside one. What the loop remembers
is kept every few seconds and after a swap; a loop that starts takes it up and catches up with what came after.

Several loops share a tenant's assets. All read every message, each answers its own assets' rows in messages of its own,
whose ids carry its number. Where a message says that their number changes, each hands over what it remembers at that
place and waits for the others; nobody goes on before all have come there, so a row has one answer and the right one.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import ParamSpec, TypeVar
from uuid import UUID

import pyarrow as pa
from nats.aio.msg import Msg
from nats.errors import Error as StreamError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.fleet.score import ABNORMAL, ScoreState
from services.kernel import subjects, wire
from services.kernel.pull import ConsumerLost, Puller
from services.kernel.together import Outgoing, publish_together
from services.serving.cluster.book import Block, Book
from services.serving.cluster.layout import Change
from services.serving.cluster.memory import Memory, Remembered, ShelfName
from services.serving.cluster.messages import scorer_consumer
from services.serving.cluster.packs import AWAY

log = logging.getLogger(__name__)

BATCH = 64
RUN_BYTES = 16 * 1024 * 1024
"""Of messages that are scored in one call, so that a backlog costs neither the memory nor the patience with a block."""
EVERYTHING = ">"
KEEP_S, KEEP_SHARE = 10.0, 0.05
"""How often it is kept what the loop remembers, and the share of time that may go into that. Both bound what a loop
that starts scores once more, and stay far within what the stream keeps of messages that were acknowledged."""
_RETRY_S, _LOOK_S = 0.5, 0.1
_SAY_EVERY = 60
"""Tries between two warnings that scores cannot be published: one in half a minute."""

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class ScoreLoop:
    """`run` until cancelled. `swap` a book in at any time; nothing is read before the first."""

    def __init__(
        self,
        js: JetStreamContext,
        consumer: str,
        role: int,
        compute: Executor,
        memory: Memory,
        busy: Callable[[bool], None] | None = None,
        explain_above: float = ABNORMAL,
        number: int = 0,
    ) -> None:
        """`compute` must be one thread: books are not scored from two at once. `busy` is told when scoring begins and
        ends. Rows whose value is above `explain_above` name the signals that made them so. `number` is that of the loop
        among those that share the assets; shadows are not shared."""
        self.book = Book()
        self.position = 0
        """Stream sequence of the last message that was scored."""
        self.number = number
        self.scorers = 1 if number == 0 else number
        """How many share the assets. One that knows of no layout yet is the only one, or not yet among them."""
        self.rows_in = self.rows_out = 0
        self._handed_out = 0
        self._js = js
        self._consumer = consumer
        self._role = role
        self._suffix = "-shadow" if role == wire.ROLE_SHADOW else f"-{number}" if number else ""
        self._compute = compute
        self._busy = busy or (lambda _: None)
        self._explain_above = explain_above
        self._memory = memory
        self._stream = ""
        self._keeping: asyncio.Task[None] | None = None
        self._keep_due = 0.0
        self._between = asyncio.Lock()
        self._ready = asyncio.Event()

    async def swap(self, book: Book) -> None:
        """The book scores from the next block on, and goes on where the one before stood. The first one goes on where
        the loop before this one stood; that raises what `packs.AWAY` names while the objects are away."""
        async with self._between:
            await self._computed(book.go_on, self.book)
            if not self._ready.is_set():
                self._handed_out = await self._begin(book)
            await self._computed(book.narrow, self.number, self.scorers)
            self.book = book
            self._keep_due = 0.0
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
            changes = message.subject == subjects.READINGS_LAYOUT
            if sequence > expected or changes or sum(map(_length, run)) + _length(message) > RUN_BYTES:
                await self._take_run(run)
                run = []
            if sequence > expected:
                await self._catch_up(sequence - 1)
            if changes:
                await self._change(sequence, message.data)
            else:
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
            await self._keep_when_due()

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
        return await self._computed(book.ask, contract, batch)

    async def _computed(self, work: Callable[_Given, _Made], *given: _Given.args, **named: _Given.kwargs) -> _Made:
        return await asyncio.get_running_loop().run_in_executor(self._compute, partial(work, *given, **named))

    async def _score(self, book: Book, blocks: Sequence[Block]) -> list[pa.RecordBatch | None]:
        self._busy(True)
        try:
            scored = await self._computed(book.score, blocks, self._role, self._explain_above)
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
        """Where the loop before stood: takes up what it kept, and scores what it had answered since once more, for
        nobody. Returns how far messages were handed out already."""
        info = await self._js.consumer_info(subjects.READINGS_STREAM, self._consumer)
        self._stream = info.created.isoformat()
        answered = info.ack_floor.stream_seq if info.ack_floor else 0
        kept = await self._memory.last()
        self.position = answered
        if kept is not None and kept.stream == self._stream:
            await self._computed(book.recall, kept.states)
            self.position, self.scorers = kept.sequence, kept.scorers
            await self._computed(book.narrow, self.number, self.scorers)
            async for sequence, subject, data in self._messages(answered):
                if block := _decoded(sequence, subject, data):
                    await self._computed(book.score, [block], self._role)
            self.position = max(kept.sequence, answered)
        log.info("goes on behind message %d", self.position)
        await self._memory.keep(await self._remembered(book))
        return info.delivered.stream_seq if info.delivered else 0

    async def _keep_when_due(self) -> None:
        """Between two runs, when all up to the position is answered. Only the copy is waited for."""
        if self._keeping is not None:
            if not self._keeping.done():
                return
            self._keeping.result()
        if asyncio.get_running_loop().time() < self._keep_due:
            return
        self._keeping = asyncio.create_task(self._keep(await self._remembered(self.book)))

    async def _remembered(self, book: Book) -> Remembered:
        return Remembered(self._stream, self.position, await self._computed(book.states), self.scorers)

    async def _keep(self, remembered: Remembered) -> None:
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            await self._memory.keep(remembered)
        except AWAY as error:
            log.warning("what is remembered cannot be kept now; it is tried again: %r", error)
        self._keep_due = clock() + max(KEEP_S, (clock() - begun) / KEEP_SHARE)

    async def _change(self, sequence: int, data: bytes) -> None:
        """The number of scorers changes at this message."""
        if self._role == wire.ROLE_CHAMPION and (change := _change_of(sequence, data)):
            if self.number < change.before:
                mine = self._memory.handed_over(sequence, self._consumer)
                await self._insist(mine.keep, await self._remembered(self.book))
            others = range(change.before) if self.number < change.after else ()
            states = {other: await self._handed_over(sequence, other) for other in others if other != self.number}
            async with self._between:
                for other, theirs in states.items():
                    await self._computed(self.book.take_over, theirs, other, self.number, change)
                self.position, self.scorers = sequence, change.after
                await self._computed(self.book.narrow, self.number, self.scorers)
            if self._keeping is not None:
                await self._keeping
            await self._insist(self._memory.keep, await self._remembered(self.book))
            log.info("scorer %d of %d from message %d on", self.number, self.scorers, sequence)
        self.position = sequence

    async def _handed_over(self, sequence: int, other: int) -> Mapping[ShelfName, ScoreState]:
        """Waits until the other has come there too, however long; the rows wait on the stream."""
        place = self._memory.handed_over(sequence, scorer_consumer(other))
        while True:
            if theirs := await self._insist(place.last):
                return theirs.states
            await asyncio.sleep(_LOOK_S)

    async def _insist(
        self, work: Callable[_Given, Awaitable[_Made]], *given: _Given.args, **named: _Given.kwargs
    ) -> _Made:
        """Does it, however long the objects are away."""
        while True:
            try:
                return await work(*given, **named)
            except AWAY as error:
                log.warning("what is handed over waits for the objects: %r", error)
                await asyncio.sleep(_RETRY_S)

    async def _catch_up(self, end: int) -> None:
        """Scores what lies between the position and `end`, that included."""
        async for sequence, subject, data in self._messages(end):
            if subject == subjects.READINGS_LAYOUT:
                await self._change(sequence, data)
            elif block := _decoded(sequence, subject, data):
                await self._answer([block])
        self.position = max(self.position, end)

    async def _messages(self, end: int) -> AsyncIterator[tuple[int, str, bytes]]:
        """Sequence, subject and body of what lies between the position and `end`, that included, one by one; the
        position is that of the last one when the next is asked for."""
        while self.position < end:
            try:
                raw = await self._js.get_msg(
                    subjects.READINGS_STREAM, seq=self.position + 1, subject=EVERYTHING, direct=True, next=True
                )
            except NotFoundError:
                return
            sequence = raw.seq or end
            if sequence > end:
                return
            yield sequence, raw.subject or "", raw.data or b""
            self.position = sequence


def _length(message: Msg) -> int:
    return len(message.data)


def _change_of(sequence: int, data: bytes) -> Change | None:
    """None for what is no change: nobody's layout changes then."""
    try:
        return Change.decode(data)
    except ValueError as error:
        log.error("message %d of the readings changes no layout: %s", sequence, error)
        return None


def _block(message: Msg) -> Block | None:
    return _decoded(message.metadata.sequence.stream, message.subject, message.data)


def _decoded(sequence: int, subject: str, data: bytes) -> Block | None:
    """None for what is no readings batch: the door lets none in, and one must not stop the others."""
    try:
        return Block(sequence, UUID(subject.rsplit(".", 1)[-1]), wire.decode(data))
    except (ValueError, pa.ArrowException) as error:
        log.error("message %d of the readings is no readings batch: %s", sequence, error)
        return None
