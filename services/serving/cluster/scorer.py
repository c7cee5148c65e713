"""The replica of Ray Serve that scores the tenant's stream, and answers requests beside it.

Serve keeps it alive; the stream and not Serve brings the rows, which costs a message and not a request.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import torch
from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from services.blueprints.host import installed
from services.fleet.capsule import Capsule
from services.fleet.score import ABNORMAL
from services.kernel import wire
from services.serving.cluster.again import said
from services.serving.cluster.keeper import Keeper
from services.serving.cluster.loop import ScoreLoop
from services.serving.cluster.memory import Memory
from services.serving.cluster.messages import scorer_consumer
from services.serving.cluster.others import Others, beside
from services.serving.cluster.packs import Packs, own_folder
from services.serving.cluster.settings import ServingSettings
from services.serving.cluster.stream import connect

log = logging.getLogger(__name__)

HUNG_S = 30.0
"""A block that takes longer makes the replica unhealthy: Serve starts another, which goes on from the stream."""
MOST_BYTES = 256 * 1024 * 1024


@serve.deployment(
    num_replicas=1,
    max_ongoing_requests=64,
    ray_actor_options={"num_cpus": 0},
    health_check_period_s=5,
    health_check_timeout_s=10,
    graceful_shutdown_timeout_s=2,
)
class FleetScorer:
    """`GET /alive`, `POST /score/<contract>` with a readings batch, of the first scorer, which asks the others, and
    `POST /capsule`."""

    async def __init__(self, settings: ServingSettings, number: int = 0) -> None:
        """`number` is that of the scorer among those that share the tenant's assets."""
        torch.set_num_threads(1)
        logging.basicConfig(level=logging.INFO)
        self._since: float | None = None
        self._exits = AsyncExitStack()
        js = await self._exits.enter_async_context(connect(settings, scorer_consumer(number)))
        plugins = installed()
        own = replace(settings, scratch=str(own_folder(Path(settings.scratch))))  # shared with its children only
        packs = Packs(own.objects(), own.bucket, plugins.blueprints, Path(own.scratch))
        compute = ThreadPoolExecutor(1, thread_name_prefix="score")
        explained = min([ABNORMAL, *(rule.raise_above for rule in plugins.alarm_rules.values())])
        consumer, memory = scorer_consumer(number), Memory.of(settings, scorer_consumer(number))
        self._loop = ScoreLoop(js, consumer, wire.ROLE_CHAMPION, compute, memory, self._mark, explained, number)
        self._others = Others(lambda other: FleetScorer.options(ray_actor_options=beside(other)).bind(settings, other))
        keeper = Keeper(own, js, packs, self._loop, self._others.man)
        parts = {"scores": self._loop.run(), "wanted state": keeper.keep(), "shadows": keeper.shadows.keep()}
        self._tasks = [asyncio.create_task(part, name=name) for name, part in parts.items()]

    def _mark(self, begins: bool) -> None:
        self._since = time.monotonic() if begins else None

    async def check_health(self) -> None:
        """Raises when a part has ended or a block hangs."""
        for task in self._tasks:
            if task.done():
                raise RuntimeError(f"{task.get_name()} ended") from task.exception()
        if self._since is not None and time.monotonic() - self._since > HUNG_S:
            raise RuntimeError("a block of rows hangs")

    async def __call__(self, request: Request) -> Response:
        path = request.url.path.strip("/").split("/")
        if request.method == "POST" and path == ["capsule"]:
            return await self._again(request)
        if path == ["alive"]:
            return PlainTextResponse(f"{self._loop.rows_in} {self._loop.rows_out}")
        if request.method != "POST" or len(path) != 2 or path[0] != "score":
            return PlainTextResponse("There is GET /alive, POST /score/<contract> and POST /capsule.", 404)
        try:
            contract, batch = UUID(path[1]), wire.decode(await _body(request))
            _check(batch)
        except (ValueError, pa.ArrowException) as error:
            return PlainTextResponse(f"The rows cannot be read: {error}", 400)
        answers = [await self.ask(contract, batch), *await self._others.ask(self._loop.scorers, contract, batch)]
        return Response(wire.encode(_joined(answers)), media_type="application/vnd.apache.arrow.stream")

    async def _again(self, request: Request) -> Response:
        """Scores a capsule once more, beside the rows of the stream and without what is remembered of them."""
        try:
            capsule = Capsule.decode(await _body(request))
            told = await asyncio.to_thread(said, capsule, installed().blueprints)
        except ValueError as error:
            return PlainTextResponse(str(error), 400)
        return JSONResponse(told)

    async def ask(self, contract: UUID, batch: pa.RecordBatch) -> pa.RecordBatch | None:
        """Answers of this scorer's own assets."""
        return await self._loop.ask(contract, batch)


def _joined(answers: Sequence[pa.RecordBatch | None]) -> pa.RecordBatch:
    """One batch; of several the metadata of the first."""
    found = [answer for answer in answers if answer is not None]
    if not found:
        return pa.RecordBatch.from_pylist([], wire.SCORE_SCHEMA)
    if len(found) == 1:
        return found[0]
    table = pa.Table.from_batches([answer.replace_schema_metadata(None) for answer in found])
    [batch] = table.unify_dictionaries().combine_chunks().to_batches()
    return batch.replace_schema_metadata(found[0].schema.metadata)


async def _body(request: Request) -> bytes:
    """Raises `ValueError` when it is too long."""
    parts, length = list[bytes](), 0
    async for part in request.stream():
        parts.append(part)
        length += len(part)
        if length > MOST_BYTES:
            raise ValueError(f"a request holds at most {MOST_BYTES} bytes")
    return b"".join(parts)


def _check(batch: pa.RecordBatch) -> None:
    """Raises `ValueError` when it is no readings batch."""
    for name, kind in (("asset", wire.ASSET), ("time", wire.TIME)):
        if name not in batch.schema.names or batch.schema.field(name).type != kind:
            raise ValueError(f"the column {name} must be {kind}")
        if batch.column(name).null_count:
            raise ValueError(f"the column {name} holds nulls")
    for field in batch.schema:
        if field.name not in ("asset", "time") and not pa.types.is_float64(field.type):
            raise ValueError(f"the column {field.name} must be float64, it is {field.type}")
    batch.validate(full=True)
