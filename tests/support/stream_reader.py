"""Reads a connector's source in the background, as the edge does: a batch is kept before the next is asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from andon_sdk.connector import Source


class StreamReader:
    """`rows` are the readings so far."""

    def __init__(self, source: Source, tags: Sequence[str], since: Mapping[str, datetime]) -> None:
        self.rows: list[dict[str, Any]] = []
        self.source = source
        self.task = asyncio.create_task(self._read(tags, since))

    async def _read(self, tags: Sequence[str], since: Mapping[str, datetime]) -> None:
        async for batch in self.source.stream(tags, since):
            self.rows += batch.to_pylist()

    async def until(self, count: int, seconds: float = 20.0) -> list[dict[str, Any]]:
        """All rows once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.rows) < count:
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.01)
        return self.rows


@asynccontextmanager
async def reading(
    source: Source, tags: Sequence[str], since: Mapping[str, datetime] | None = None
) -> AsyncIterator[StreamReader]:
    await source.open()
    reader = StreamReader(source, tags, since or {})
    try:
        yield reader
    finally:
        await source.close()
        async with asyncio.timeout(5):
            await asyncio.gather(reader.task, return_exceptions=True)


async def eventually(check: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits until `check` answers true."""
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.01)
