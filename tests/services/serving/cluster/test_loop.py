"""How messages of the stream become calls of the book."""

from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest

from services.fleet.score import ABNORMAL
from services.kernel import subjects, wire
from services.kernel.pull import Puller
from services.serving.cluster.book import Block, Book
from services.serving.cluster.loop import ScoreLoop
from services.serving.cluster.messages import SCORER_CONSUMER

pytestmark = pytest.mark.platform


class NotingBook(Book):
    """Serves nobody, and keeps the sequences of each call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[int]] = []

    def score(self, blocks: Sequence[Block], role: int, explain_above: float = ABNORMAL) -> list[pa.RecordBatch | None]:
        self.calls.append([block.sequence for block in blocks])
        return super().score(blocks, role, explain_above)


@pytest.fixture
async def puller(scene: Any) -> AsyncIterator[Puller]:
    async with Puller.of(scene.js, subjects.READINGS_STREAM, SCORER_CONSUMER) as puller:
        yield puller


async def backlog(scene: Any, puller: Puller, count: int) -> list[Any]:
    for second in range(count):
        await scene.send(second)
    found = list[Any]()
    while len(found) < count:
        found += await puller.next(10)
    return found


async def at(scene: Any, book: Book) -> ScoreLoop:
    """A loop that stands before the scene's first message."""
    loop = ScoreLoop(scene.js, SCORER_CONSUMER, wire.ROLE_CHAMPION, ThreadPoolExecutor(1), scene.memory())
    await loop.swap(book)
    info = await scene.js.stream_info(subjects.READINGS_STREAM)
    loop.position = info.state.last_seq
    return loop


async def test_a_backlog_is_one_call(scene: Any, puller: Puller) -> None:
    book = NotingBook()
    loop = await at(scene, book)
    base = loop.position
    await loop.take(await backlog(scene, puller, 20))
    assert book.calls == [[base + number for number in range(1, 21)]]
    assert loop.position == base + 20


async def test_a_backlog_is_cut_where_a_call_would_be_too_large(scene: Any, puller: Puller, monkeypatch: Any) -> None:
    book = NotingBook()
    loop = await at(scene, book)
    base = loop.position
    messages = await backlog(scene, puller, 5)
    monkeypatch.setattr("services.serving.cluster.loop.RUN_BYTES", 2 * len(messages[0].data))
    await loop.take(messages)
    assert book.calls == [[base + 1, base + 2], [base + 3, base + 4], [base + 5]]


async def test_what_is_missing_in_between_is_fetched_and_scored_in_its_turn(scene: Any, puller: Puller) -> None:
    book = NotingBook()
    loop = await at(scene, book)
    base = loop.position
    one, two, _, four, five = await backlog(scene, puller, 5)
    await loop.take([one, two, four, five])
    assert book.calls == [[base + 1, base + 2], [base + 3], [base + 4, base + 5]]


async def test_what_was_scored_is_not_scored_again(scene: Any, puller: Puller) -> None:
    book = NotingBook()
    loop = await at(scene, book)
    base = loop.position
    loop.position = base + 2
    await loop.take(await backlog(scene, puller, 3))
    assert book.calls == [[base + 3]]
