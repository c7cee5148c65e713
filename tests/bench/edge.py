"""An edge against the bare door: readings through rows, buffer and sender, and how a backlog drains beside live rows.

    python tests/bench/edge.py

Both ways send rows of 16 signals, 20 assets, to `POST /v1/ingest` of a gateway in a process of its own. The edge is
given them as single readings, and has them on disk before it sends; the peer sends bodies that are rows already.
"""

import asyncio
import shutil
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from door import ASSETS, BEGIN, CONTRACT, SIGNALS, Site, site
from harness import Row, alternate, show, write
from pydantic import BaseModel

from andon_sdk.client import AsyncClient
from andon_sdk.connector import Connector, readings
from andon_sdk.connector.readings import TAG, TIME
from andon_sdk.edge.assemble import Assembler
from andon_sdk.edge.channels import Layout, channels
from andon_sdk.edge.config import AssetPart
from andon_sdk.edge.line import Bound, Line, block_rows
from andon_sdk.edge.sender import Link, Sender

ROWS, BATCHES, IN_FLIGHT = 10_000, 12, 2
LIVE_ROWS_S, LIVE_S = 2_000, 0.1
"""Rows a second of a plant that is not idle, and how often its source tells them."""
BACKLOG = 1_500_000
TAGS = [f"a{asset}/s{signal}" for asset in range(ASSETS) for signal in range(SIGNALS)]


class Moments:
    """Rows later than all before, as readings and as a body."""

    def __init__(self) -> None:
        self._random, self._next = np.random.default_rng(0), int(BEGIN.timestamp() * 1e6)

    def take(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """(times [moments], values [moments, assets × signals]) of so many rows, one of each asset a moment."""
        times = self._next + np.arange(rows // ASSETS) * 1_000
        self._next = int(times[-1]) + 1_000
        return times, self._random.normal(size=(len(times), len(TAGS))).round(3)

    def readings(self, rows: int) -> pa.RecordBatch:
        times, values = self.take(rows)
        position = np.tile(np.arange(len(TAGS), dtype=np.int32), len(times))
        tag = pa.DictionaryArray.from_arrays(position, pa.array(TAGS)).cast(TAG)
        return readings(tag, pa.array(np.repeat(times, len(TAGS))).cast(TIME), pa.array(values.ravel()))

    def body(self, rows: int) -> pa.RecordBatch:
        times, values = self.take(rows)
        asset = np.tile(np.arange(ASSETS, dtype=np.int32), len(times))
        columns = [pa.DictionaryArray.from_arrays(asset, pa.array([f"a{i}" for i in range(ASSETS)]))]
        columns += [pa.array(np.repeat(times, ASSETS)).cast(TIME)]
        columns += [pa.array(column) for column in values.reshape(-1, SIGNALS).T]
        return pa.RecordBatch.from_arrays(columns, ["asset", "time", *CONTRACT.keys])


class Fed:
    """A source that is fed from here; `done` counts the batches that are on disk."""

    def __init__(self) -> None:
        self.batches: asyncio.Queue[pa.RecordBatch] = asyncio.Queue()
        self.done = 0

    async def open(self) -> None: ...

    async def browse(self) -> list:
        return []

    async def stream(self, tags, since):
        while True:
            yield await self.batches.get()
            self.done += 1

    async def close(self) -> None: ...


class Plant:
    """An edge's line and sender over a folder, without the process around them."""

    def __init__(self, folder: Path, client: AsyncClient) -> None:
        parts = tuple(
            AssetPart.model_validate(
                {"asset": f"a{i}", "contract": "bench", "signals": {f"s{j}": f"a{i}/s{j}" for j in range(SIGNALS)}}
            )
            for i in range(ASSETS)
        )
        mapping = channels(parts, {"bench": Layout(1_000_000, CONTRACT.keys, {})})
        self.source = Fed()
        connector = Connector("fed", "Fed", BaseModel, lambda _: self.source)
        self.line = Line(
            "fed", connector, None, lambda: Assembler(mapping, by_time=True, wait_us=0), folder,
            Bound(10**10, 72), lambda _: self.sender.wake(),
        )  # fmt: skip
        self.outbox, self.progress = self.line.outboxes["bench"], self.line.progress["bench"]
        policy, most = "REJECT_FAILED_ROWS", block_rows(SIGNALS + 2)
        self.sender = Sender(client, "bench", self.outbox, self.progress, policy, Link(), block_rows=most)
        self.link: asyncio.Task | None = None

    @asynccontextmanager
    async def running(self):
        line = asyncio.create_task(self.line.run())
        try:
            yield
        finally:
            tasks = [line, *([self.link] if self.link else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.line.close()

    def send(self) -> None:
        self.link = asyncio.create_task(self.sender.run())

    async def sent(self, rows: int) -> None:
        while self.progress.rows.sent < rows:
            await asyncio.sleep(0.005)
        assert self.progress.rows.stored == self.progress.rows.sent


@asynccontextmanager
async def plant(place: Site):
    folder = Path(tempfile.mkdtemp(prefix="andon-edge-"))
    key = place.http.headers["authorization"].removeprefix("Bearer ")
    try:
        async with AsyncClient(str(place.http.base_url), key, patience_s=0) as client:
            edge = Plant(folder, client)
            async with edge.running():
                yield edge
    finally:
        shutil.rmtree(folder)


async def throughput(place: Site, moments: Moments) -> Row:
    key = place.http.headers["authorization"].removeprefix("Bearer ")

    async def ours() -> float:
        batches = [moments.readings(ROWS) for _ in range(BATCHES)]
        async with plant(place) as edge:
            edge.send()
            began = time.perf_counter()
            for batch in batches:
                edge.source.batches.put_nowait(batch)
            await edge.sent(ROWS * BATCHES)
            return ROWS * BATCHES / (time.perf_counter() - began)

    async def raw() -> float:
        bodies = iter([moments.body(ROWS) for _ in range(BATCHES)])
        async with AsyncClient(str(place.http.base_url), key, patience_s=0) as client:

            async def lane() -> None:
                for body in bodies:
                    assert (await client.ingest("bench", body))["stored"] == ROWS

            began = time.perf_counter()
            await asyncio.gather(*(lane() for _ in range(IN_FLIGHT)))
            return ROWS * BATCHES / (time.perf_counter() - began)

    return await alternate("edge_vs_raw_door", "rows/s", ours, "the door alone, two in flight", raw)


async def draining(place: Site, moments: Moments) -> list[Row]:
    """A backlog that was read while Andon was away, and live rows that come meanwhile."""
    async with plant(place) as edge:
        for _ in range(BACKLOG // ROWS):
            edge.source.batches.put_nowait(moments.readings(ROWS))
        while edge.outbox.waiting_rows < BACKLOG:
            await asyncio.sleep(0.01)
        live = [moments.readings(round(LIVE_ROWS_S * LIVE_S)) for _ in range(600)]
        edge.send()
        began = time.perf_counter()
        delays: list[float] = []
        given = 0
        backlog_last = edge.outbox.tail - 1
        while edge.outbox.first_waiting(0, backlog_last + 1) is not None:
            delays.append(await _delay(edge, live[given]))
            given += 1
            await asyncio.sleep(max(0.0, began + given * LIVE_S - time.perf_counter()))
        took = time.perf_counter() - began
        idle = [await _delay(edge, batch) for batch in live[given : given + 50]]
        drain = Row(
            "edge_drain_over_live", BACKLOG / took, "rows/s", "live rows", LIVE_ROWS_S, BACKLOG / took / LIVE_ROWS_S
        )
        delay = Row(
            "edge_live_delay_while_draining", _p95(delays), "ms", "with no backlog", _p95(idle),
            _p95(delays) / _p95(idle), facts={"median_ms": float(np.median(delays)), "live_batches": float(given)},
        )  # fmt: skip
    for row in (drain, delay):
        show(row)
    return [drain, delay]


async def _delay(edge: Plant, batch: pa.RecordBatch) -> float:
    """Milliseconds from a source's telling live readings to Andon's receipt of their row."""
    began, number = time.perf_counter(), edge.outbox.tail
    edge.source.batches.put_nowait(batch)
    while number not in edge.progress:
        await asyncio.sleep(0.001)
    return (time.perf_counter() - began) * 1e3


def _p95(delays: list[float]) -> float:
    return float(np.percentile(delays, 95))


async def main() -> None:
    moments = Moments()
    async with site() as place:
        figures = [await throughput(place, moments), *await draining(place, moments)]
    print(write("edge", figures))


if __name__ == "__main__":
    asyncio.run(main())
