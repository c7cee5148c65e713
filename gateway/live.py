"""What happens in a tenant's stream account, as it happens.

Plain subscriptions of the tenant's own account: nothing is kept for a reader who is away or slow (the oldest news in
hand is dropped), since whoever needs every row reads the history. Between two pieces of news no transaction is open.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import pyarrow as pa

from gateway.context import RequestContext
from gateway.relay import split_id
from services.assets import api as assets
from services.bulk.contracts import Job
from services.bulk.errors import JobNotFound
from services.kernel import subjects, wire
from services.kernel.errors import NotFound
from services.kernel.news import News
from services.monitoring import api as monitoring
from services.monitoring.contracts import Alarm
from services.rollouts import api as rolling
from services.rollouts.contracts import Rollout
from services.serving.contracts import Score
from services.training import api as training
from services.training.contracts import ENDED, Run

_POLL_S = 1.0
_UNHEARD_S = 30.0
_QUIET_S = 0.2
"""Runs are shown at most five times a second, however often a trainer reports."""
_MOST_SCORES = 100
_ROUTES = {wire.ROUTE_MAIN: "main", wire.ROUTE_FALLBACK: "fallback", wire.ROUTE_NONE: "none"}


async def runs(context: RequestContext, run_id: UUID) -> AsyncGenerator[Run, None]:
    """The run now, and at each change until it ended. Raises `RunNotFound`."""
    async with _news(context, subjects.run_changed(run_id)) as news:
        seen: Run | None = None
        while True:
            run = await context.read(training.get_run, run_id)
            if run != seen:
                seen = run
                yield run
            if run.state in ENDED:
                return
            await _change(context, news)


async def rollouts(context: RequestContext, rollout_id: UUID) -> AsyncGenerator[Rollout, None]:
    """The rollout now, and at each change of it or of the run it waits for until it is over. Raises
    `RolloutNotFound`."""
    async with _news(context, subjects.ANY_RUN_CHANGED) as news:
        seen: tuple[Rollout, object] | None = None
        while True:
            rollout = await context.read(rolling.get_rollout, rollout_id)
            run = await context.read(training.get_run, rollout.run_id) if rollout.run_id else None
            here = rollout, run and (run.state, run.progress, run.message)
            if here != seen:
                seen = here
                yield rollout
            if rollout.ended_at is not None:
                return
            await _change(context, news)


async def jobs(context: RequestContext, id: str) -> AsyncGenerator[Job, None]:
    """The job now, and at each change until it ended. Woken by news; that may get lost, so it is looked at once in a
    while without any. Raises `JobNotFound`."""
    kind, uuid = split_id(id)
    if uuid is None or kind not in ("Run", "Rollout", "ImportJob", "ExportJob"):
        raise JobNotFound("There is no such job.", field="id")
    async with AsyncExitStack() as open_:
        news = [await open_.enter_async_context(_news(context, subjects.job_changed(uuid)))]
        if kind in ("Run", "Rollout"):
            subject = subjects.run_changed(uuid) if kind == "Run" else subjects.ANY_RUN_CHANGED
            news.append(await open_.enter_async_context(_news(context, subject)))
        seen: object = None
        while True:
            job = await context.node(id, kind)
            if job is None:
                raise JobNotFound("There is no such job.", field="id")
            if (here := await _look(context, job)) != seen:
                seen = here
                yield job  # pyright: ignore[reportReturnType]
            if job.ended_at is not None:  # pyright: ignore[reportAttributeAccessIssue]
                return
            await context.release()
            await _any(news)


async def _look(context: RequestContext, job: object) -> object:
    """What a job shows, that of its parts included which it only counts."""
    return (job, await context.loaders.cohorts.load(job.id)) if isinstance(job, Rollout) else job


async def _any(news: list[asyncio.Queue[News]]) -> None:
    """Waits for news in one of the queues, or for as long as what got lost may stay unseen."""
    waiting = [asyncio.ensure_future(each.get()) for each in news]
    try:
        await asyncio.wait(waiting, timeout=_UNHEARD_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.sleep(_QUIET_S)
    for each in news:
        while not each.empty():
            each.get_nowait()


async def scores(context: RequestContext, asset_id: UUID) -> AsyncGenerator[list[Score], None]:
    """The asset's scores, a list for each block that holds some. Raises `AssetNotFound`."""
    asset = (await context.read(assets.get_assets, [asset_id]))[0]
    signals: dict[int, tuple[str, ...]] = {}
    async with _news(context, subjects.scores(asset.contract_id)) as news:
        while True:
            await context.release()
            batch = (await news.get()).batch
            version = int((batch.schema.metadata or {}).get(b"version", b"0"))
            if (rows := _rows_of(batch, asset_id)).num_rows == 0:
                continue
            if version not in signals:
                found = await context.read(assets.get_contract, asset.contract_id, version or None)
                signals[version] = found.contract.keys
            yield [_score(asset_id, row, signals[version]) for row in rows.to_pylist()]


async def alarms(context: RequestContext, asset_id: UUID | None) -> AsyncGenerator[Alarm, None]:
    """Alarms as they change, of one asset or of all. Raises `AssetNotFound`."""
    if asset_id is not None:
        await context.read(assets.get_assets, [asset_id])
    async with _news(context, subjects.ALARMS_CHANGED) as news:
        while True:
            await context.release()
            change: dict[str, Any] = orjson.loads((await news.get()).data)
            if asset_id is not None and change["asset_id"] != str(asset_id):
                continue
            try:
                alarm = await context.read(monitoring.get_alarm, UUID(change["alarm_id"]))
            except NotFound:
                continue
            yield alarm


async def _change(context: RequestContext, news: asyncio.Queue[News]) -> None:
    """Waits for news, or for as long as what is told to nobody may stay unseen."""
    await context.release()
    with suppress(TimeoutError):
        async with asyncio.timeout(_POLL_S):
            await news.get()
        await asyncio.sleep(_QUIET_S)


def _news(context: RequestContext, subject: str) -> AbstractAsyncContextManager[asyncio.Queue[News]]:
    return context.platform.streams.news(context.principal.tenant, subject)


def _rows_of(batch: pa.RecordBatch, asset_id: UUID) -> pa.RecordBatch:
    """The last rows of one asset in a scores batch."""
    column = batch.column("asset")
    index = column.dictionary.index(str(asset_id)).as_py()
    if index < 0:
        return batch.slice(0, 0)
    rows = batch.filter(pa.array(np.asarray(column.indices) == index))
    return rows.slice(max(0, rows.num_rows - _MOST_SCORES))


def _score(asset_id: UUID, row: dict[str, Any], signals: tuple[str, ...]) -> Score:
    top = zip(row["top"] or (), row["share"] or (), strict=True)
    return Score(
        asset_id=asset_id,
        time=row["time"],
        version=UUID(row["version"]),
        shadow=row["role"] == wire.ROLE_SHADOW,
        route=_ROUTES[row["route"]],
        value=row["value"],
        raw=row["raw"],
        threshold=row["threshold"],
        coverage=row["coverage"],
        expected_loss=row["expected_loss"],
        missing=tuple(signals[position] for position in row["missing"] or ()),
        top=tuple((signals[position], share) for position, share in top if position is not None and position >= 0),
    )
