"""What is sent when the door does not answer, refuses, or is somebody else."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pyarrow as pa
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from andon_sdk.client import AsyncClient
from andon_sdk.edge.outbox import Outbox
from andon_sdk.edge.progress import Progress
from andon_sdk.edge.sender import Link, Sender

AT = datetime(2026, 3, 1, tzinfo=UTC)


class Door:
    """Notes what comes, (key, values), and answers what it is told to; a receipt when it is told nothing."""

    def __init__(self) -> None:
        self.came: list[tuple[str, list[float]]] = []
        self.answers: list = []
        self.slow_s = 0.0

    async def take(self, request) -> Response:
        with pa.ipc.open_stream(await request.body()) as reader:
            values = reader.read_all().column("value").to_pylist()
        self.came.append((request.headers["idempotency-key"], values))
        await asyncio.sleep(self.slow_s)
        if self.answers:
            return self.answers.pop(0)
        counts = {"stored": len(values), "quarantined": 0, "refused": 0, "duplicates": 0, "verdicts": []}
        return JSONResponse(counts)


@pytest.fixture
async def door():
    door = Door()
    app = Starlette(routes=[Route("/v1/ingest", door.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    door.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield door
    server.should_exit = server.force_exit = True
    await serving


class Sending:
    def __init__(self, folder, client) -> None:
        self.progress = Progress.read(folder / "progress.json")
        self.outbox = Outbox(folder / "frames", self.progress, 999, max_bytes=10**9, hours=72)
        self.link = Link()
        self.sender = Sender(
            client, "pump", self.outbox, self.progress, "REJECT_FAILED_ROWS", self.link, block_rows=4, trouble_s=0.05
        )

    def put(self, *values: float) -> None:
        columns = {"asset": ["a"] * len(values), "time": [AT] * len(values), "value": [float(each) for each in values]}
        self.outbox.append(pa.record_batch(columns), 1)
        self.outbox.publish()
        self.sender.wake()

    async def until(self, sent: int) -> None:
        async with asyncio.timeout(10):
            while self.progress.rows.sent < sent:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def sending(folder, door, *before):
    """A sender; frames `before` are on disk when it begins."""
    async with AsyncClient(door.url, "key", patience_s=0) as client:
        if before:
            early = Sending(folder, client)
            for values in before:
                early.put(*values)
            early.outbox.close()
        now = Sending(folder, client)
        task = asyncio.create_task(now.sender.run())
        yield now
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        now.outbox.close()


async def test_what_waited_goes_in_blocks_and_what_is_new_beside_it(tmp_path, door):
    door.slow_s = 0.1
    async with sending(tmp_path, door, [1, 2], [3], [4, 5], [6, 7], [8, 9]) as now:
        await asyncio.sleep(0.02)
        now.put(100)
        await now.until(10)
    came = [values for _, values in door.came]
    assert [values for values in came if values != [100]] == [[1, 2, 3], [4, 5, 6, 7], [8, 9]], "the oldest first"
    assert came.index([100]) == 1, "and live rows do not wait for the backlog"
    assert (now.progress.rows.stored, now.outbox.waiting_rows, now.link.trouble) == (10, 0, "")


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (Response(status_code=502), "POST /v1/ingest was answered with 502"),
        (JSONResponse({"code": "BUSY", "message": "later"}, 503, {"retry-after": "0"}), "BUSY: later"),
        (JSONResponse({"code": "FORBIDDEN", "message": "no"}, 403), "FORBIDDEN: no"),
        (JSONResponse({"message": "who?"}, 401), "who?"),
        (HTMLResponse("<h1>Welcome to the hotel</h1>"), "What answered is not Andon"),
        (JSONResponse({"stored": 0}), "counts other rows than the 2 that were sent"),
    ],
)
async def test_rows_wait_and_go_again_exactly_as_they_were(tmp_path, door, answer, trouble, caplog):
    door.answers = [answer]
    async with sending(tmp_path, door) as now:
        now.put(1, 2)
        await asyncio.sleep(0.02)
        now.put(3)
        await now.until(3)
    first, *rest = door.came
    assert first in rest
    assert sorted(value for _, values in rest for value in values) == [1, 2, 3]
    assert trouble in caplog.text
    assert (now.progress.rows.sent, now.progress.rows.stored, now.outbox.waiting_rows) == (3, 3, 0)


async def test_a_block_that_a_killed_edge_had_sent_is_sent_as_it_was(tmp_path, door):
    door.slow_s = 60
    async with sending(tmp_path, door, [1], [2]), asyncio.timeout(10):
        while not door.came:
            await asyncio.sleep(0.01)
    door.slow_s = 0
    async with sending(tmp_path, door, [3]) as now:
        await now.until(3)
    assert [values for _, values in door.came] == [[1, 2], [1, 2], [3]]
    assert door.came[0] == door.came[1]


async def test_rows_that_all_are_refused_are_counted_and_leave_the_way_free(tmp_path, door):
    door.answers = [JSONResponse({"code": "ROWS_REFUSED", "message": "No row was taken."}, 422)]
    async with sending(tmp_path, door) as now:
        now.put(1, 2)
        await now.until(2)
        now.put(3)
        await now.until(3)
    assert (now.progress.rows.refused, now.progress.rows.stored) == (2, 1)
    assert now.progress.last_refusal == "ROWS_REFUSED: No row was taken."
