"""One source: its connection, its rows, its buffers. A batch is committed before the source is asked for the next."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from andon_sdk.connector import Connector, SettingsRefused, Source, SourceUnavailable
from andon_sdk.edge import state
from andon_sdk.edge.assemble import Assembler
from andon_sdk.edge.backoff import Backoff
from andon_sdk.edge.closing import closing
from andon_sdk.edge.outbox import Outbox
from andon_sdk.edge.progress import Progress

log = logging.getLogger("andon_sdk.edge")
TICK_S = 0.5
BLOCK_ROWS, BLOCK_CELLS = 50_000, 2_000_000
"""Of what is sent at once, so that a body stays well under the 64 MiB that the door takes."""


def block_rows(columns: int) -> int:
    return max(1, min(BLOCK_ROWS, BLOCK_CELLS // (columns + 2)))


@dataclass(slots=True)
class Told:
    """What the status says of a source."""

    state: str = "starting"
    """starting, connected, waiting (it is tried again), refused (a person has to change something)."""
    why: str = ""
    since: float = field(default_factory=time.time)
    connections: int = 0

    def now(self, state: str, why: str = "") -> None:
        if state != self.state:
            self.since = time.time()
        self.state, self.why = state, why


@dataclass(frozen=True, slots=True)
class Bound:
    max_bytes: int
    hours: float


class Line:
    """`make` gives an assembler as nothing was ever read; `wake` is told a contract that has new frames. With
    `idle`, why nothing is to be read, only what lies in its buffers is sent."""

    def __init__(
        self,
        name: str,
        connector: Connector,
        settings: Any,
        make: Callable[[], Assembler],
        folder: Path,
        bound: Bound,
        wake: Callable[[str], None],
        mapping: str = "file",
        idle: Told | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.connector, self.mapping, self.told = name, connector.key, mapping, idle or Told()
        self._idle = idle is not None
        self._connector, self._settings, self._make, self._wake = connector, settings, make, wake
        self._state = folder / "state.npz"
        self.assembler = make()
        self._step = state.restore(self._state, self.assembler).step
        self.progress, self.outboxes = {}, {}
        left = {path.stem for path in folder.glob("*.json")}  # fed no more, and perhaps not sent yet
        for contract in sorted(left | self.assembler.channels.layouts.keys()):
            progress = Progress.read(folder / f"{contract}.json")
            self.progress[contract] = progress
            self.outboxes[contract] = Outbox(
                folder / contract, progress, self._step, max_bytes=bound.max_bytes, hours=bound.hours
            )
        self._writing = asyncio.Lock()
        self._backoff = Backoff()

    async def run(self) -> None:
        if self._idle:
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read())
            group.create_task(self._tick())

    async def _read(self) -> None:
        """Opens the source again and again. Ends when its settings are refused; the buffers go on being sent."""
        while True:
            source = self._connector.open(self._settings)
            try:
                await self._stream(source)
                why = "the source ended"
            except SettingsRefused as error:
                self.told.now("refused", str(error))
                log.error("%s: %s", self.name, error)
                return
            except SourceUnavailable as error:
                why = str(error)
            except OSError as error:  # the buffer's disk
                why = f"{type(error).__name__}: {error}"
            except Exception as error:
                why = f"the connector failed: {type(error).__name__}: {error}"
                log.exception("%s: the connector failed", self.name)
            finally:
                await _closed(source, self.name)
            self.told.now("waiting", why)
            pause = self._backoff.pause()
            log.warning("%s: %s; opened again in %.1f s", self.name, why, pause)
            await asyncio.sleep(pause)

    async def _stream(self, source: Source) -> None:
        await source.open()
        self.told.now("connected")
        self.told.connections += 1
        log.info("%s: connected", self.name)
        async with closing(source.stream(self.assembler.channels.wanted, state.since(self.assembler))) as batches:
            async for batch in batches:
                await self._commit(lambda batch=batch: self.assembler.take(batch, time.monotonic()))
                self._backoff.worked()

    async def _tick(self) -> None:
        """Rows whose readings stopped coming are closed by the clock."""
        while True:
            await asyncio.sleep(TICK_S)
            if len(self.assembler.open):
                with suppress(OSError):  # told by the reading side, which meets the same disk
                    await self._commit(lambda: self.assembler.close(time.monotonic()))

    async def _commit(self, work: Callable[[], dict[str, pa.RecordBatch]]) -> None:
        """All of a step is on disk when it returns, or none of it counts: then the source tells it again."""
        async with self._writing:
            written = asyncio.ensure_future(asyncio.to_thread(self._committed, work))
            try:
                rows = await asyncio.shield(written)
            except asyncio.CancelledError:
                await asyncio.wait([written])  # the thread goes on, and nobody else may write meanwhile
                raise
            for contract in rows:
                self.outboxes[contract].publish()
                self._wake(contract)

    def _committed(self, work: Callable[[], dict[str, pa.RecordBatch]]) -> dict[str, pa.RecordBatch]:
        step = self._step + 1
        try:
            before = self.assembler.open, self.assembler.counts.taken
            rows = work()
            if self.assembler.open is before[0] and self.assembler.counts.taken == before[1]:
                return rows
            for contract, batch in rows.items():
                most = block_rows(batch.num_columns)
                for start in range(0, batch.num_rows, most):
                    self.outboxes[contract].append(batch.slice(start, most), step)
            state.save(self._state, step, self.assembler)
        except BaseException:
            self._undo()
            raise
        self._step = step
        return rows

    def _undo(self) -> None:
        """Back to the last commit, in memory and on disk."""
        self.assembler = self._make()
        state.restore(self._state, self.assembler)
        for outbox in self.outboxes.values():
            outbox.cut(self._step)

    def close(self) -> None:
        for outbox in self.outboxes.values():
            outbox.close()


async def _closed(source: Source, name: str) -> None:
    try:
        await source.close()
    except Exception:  # it is left anyway
        log.exception("%s: the connector could not close", name)
