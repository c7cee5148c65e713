"""Listening to the trainer, and noticing when nobody is heard any more."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from services.enclaves.contracts import ClusterKind, ClusterState
from services.enclaves.platform import Platform
from services.kernel import subjects
from services.kernel.ids import TenantId
from services.kernel.pull import Puller
from services.kernel.uow import UnitOfWork
from services.training.cluster.messages import Kind, Outcome, Progress
from services.training.contracts import ENDED, RunState
from services.training.prepare import end, fail, tell
from services.training.repository import Runs
from services.training.tables import RunRow
from services.training.trace import context_of, tracer

log = structlog.get_logger(__name__)

DURABLE = "training-progress"
LOOK_S = 2.0
SILENT = timedelta(seconds=20)
"""A trainer that has a run says something every two seconds."""
CANCEL_PATIENCE = timedelta(seconds=10)
GIVEN_UP = timedelta(minutes=10)
EVER = datetime.min.replace(tzinfo=UTC)


async def consume_progress(platform: Platform, tenant: TenantId) -> None:
    """Takes in what the trainer says and looks after silent runs, until cancelled."""
    await platform.streams.connection(tenant)  # an enclave that is still being made is told plainly, not by a group
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_listen(platform, tenant))
        tasks.create_task(_look_after(platform, tenant))


async def _listen(platform: Platform, tenant: TenantId) -> None:
    js = await platform.streams.jetstream(tenant)
    # One message at a time over all workers: what is said about a run is taken in the order it was said.
    config = ConsumerConfig(durable_name=DURABLE, ack_policy=AckPolicy.EXPLICIT, ack_wait=2, max_ack_pending=1)
    async with Puller.of(js, subjects.TRAIN_PROGRESS_STREAM, config) as puller:
        while True:
            for message in await puller.next():
                try:
                    progress = Progress.decode(message.data)
                except ValueError as error:
                    log.warning("progress refused", reason=str(error))
                else:
                    await take_in(platform, tenant, progress, message.metadata.sequence.stream)
                await message.ack()


async def take_in(platform: Platform, tenant: TenantId, progress: Progress, sequence: int) -> None:
    """Writes one message into the run's rows, once: a sequence that was seen does nothing."""
    async with platform.database.unit(tenant) as uow:
        store = Runs(uow)
        run = await store.get(progress.run, lock=True)
        if run is None or sequence <= run.progress_sequence:
            return
        run.progress_sequence, run.heartbeat_at = sequence, platform.clock()
        state = RunState(run.state)
        unwanted = state in ENDED or state is RunState.CANCELLING
        if progress.kind is Kind.FINISHED:
            await _finish(platform, uow, store, run, progress)
        elif not unwanted:
            await _go_on(platform, store, run, progress)
        uow.session.add(run)
        await uow.commit()
    if unwanted and progress.kind is not Kind.FINISHED:
        await call_off(platform, tenant, run.id)
    await tell(platform, tenant, run)


async def _go_on(platform: Platform, store: Runs, run: RunRow, progress: Progress) -> None:
    if RunState(run.state) is RunState.STARTING:
        await store.move(run, RunState.TRAINING, platform.clock(), progress.message)
    run.attempt, run.message = progress.attempt, progress.message
    run.progress = max(run.progress, 0.1 + 0.8 * progress.share)


async def _finish(platform: Platform, uow: UnitOfWork, store: Runs, run: RunRow, progress: Progress) -> None:
    state, now = RunState(run.state), platform.clock()
    if state is RunState.CANCELLING:
        await end(uow, store, run, RunState.CANCELLED, platform, run.message)
    elif state not in (RunState.STARTING, RunState.TRAINING):
        return
    elif progress.outcome is Outcome.TRAINED:
        run.result = _jsonable(progress)
        run.progress = 0.9
        await store.move(run, RunState.CHECKING, now, "The gates are being judged.")
        with tracer.start_as_current_span("training finished", context=context_of(run.traceparent)):
            uow.enqueue("training.conclude_run", run_id=str(run.id))
    elif progress.outcome is Outcome.CANCELLED:
        await store.move(run, RunState.CANCELLING, now, progress.message)
        await end(uow, store, run, RunState.CANCELLED, platform, progress.message)
    else:
        await end(uow, store, run, RunState.FAILED, platform, progress.message)


def _jsonable(progress: Progress) -> dict[str, Any]:
    return asdict(progress) | {"run": str(progress.run)}


async def call_off(platform: Platform, tenant: TenantId, run_id: UUID) -> None:
    """Asks the trainer to stop with a run."""
    connection = await platform.streams.connection(tenant)
    await connection.publish(subjects.TRAIN_CANCEL, str(run_id).encode())


async def cancel(platform: Platform, tenant: TenantId, run_id: UUID, *, begun: bool) -> None:
    """Takes the command back and asks the trainer to stop; a run that no trainer had begun is over with that."""
    async with platform.database.unit(tenant) as uow:
        run = await Runs(uow).get(run_id)
    if run is None or RunState(run.state) is not RunState.CANCELLING:
        return
    await withdraw(platform, tenant, run)
    await call_off(platform, tenant, run_id)
    if not begun:
        await _cancelled(platform, tenant, run_id)


async def withdraw(platform: Platform, tenant: TenantId, run: RunRow) -> None:
    """Takes the command out of the stream; harmless when it is gone."""
    if run.command_sequence is None:
        return
    js = await platform.streams.jetstream(tenant)
    try:
        await js.delete_msg(subjects.TRAIN_COMMANDS_STREAM, run.command_sequence)
    except NotFoundError:
        log.info("command was taken already", run=str(run.id))


async def _cancelled(platform: Platform, tenant: TenantId, run_id: UUID) -> None:
    async with platform.database.unit(tenant) as uow:
        store = Runs(uow)
        run = await store.get(run_id, lock=True)
        if run is None or RunState(run.state) is not RunState.CANCELLING:
            return
        await end(uow, store, run, RunState.CANCELLED, platform, run.message)
        await uow.commit()
    await tell(platform, tenant, run)


async def _look_after(platform: Platform, tenant: TenantId) -> None:
    since = platform.clock()
    while True:
        await look_after(platform, tenant, since)
        await asyncio.sleep(LOOK_S)


async def look_after(platform: Platform, tenant: TenantId, since: datetime | None = None) -> None:
    """Notices runs nobody speaks for. None is given up for a silence before `since`, when nobody listened."""
    async with platform.database.unit(tenant) as uow:
        runs = await Runs(uow).unfinished()
    now = platform.clock()
    busy = any(RunState(run.state) is RunState.TRAINING for run in runs)
    for run in runs:
        if busy and RunState(run.state) is RunState.STARTING:
            await _wait_on(platform, tenant, run)
        else:
            await _look_at(platform, tenant, run, now - run.heartbeat_at, now - max(run.heartbeat_at, since or EVER))


async def _look_at(platform: Platform, tenant: TenantId, run: RunRow, silence: timedelta, unheard: timedelta) -> None:
    state = RunState(run.state)
    if state is RunState.CANCELLING and silence > CANCEL_PATIENCE:
        await withdraw(platform, tenant, run)
        await _cancelled(platform, tenant, run.id)
    elif unheard > GIVEN_UP:
        await withdraw(platform, tenant, run)
        await fail(platform, tenant, run.id, f"Nothing was heard of the run for {GIVEN_UP.seconds // 60} minutes.")
    elif state is RunState.TRAINING and silence > SILENT:
        await _lost(platform, tenant, run.id)
    elif state is RunState.STARTING and silence > SILENT:
        await platform.clusters.want(tenant, ClusterKind.TRAINING)
        await _cluster_failed(platform, tenant, run)


async def _wait_on(platform: Platform, tenant: TenantId, run: RunRow) -> None:
    """A run that waits for its turn is silent and well."""
    async with platform.database.unit(tenant) as uow:
        await Runs(uow).touch(run.id, platform.clock())
        await uow.commit()


async def _lost(platform: Platform, tenant: TenantId, run_id: UUID) -> None:
    """The command is still in the stream and is given to the next trainer; what is done stays done."""
    await platform.clusters.want(tenant, ClusterKind.TRAINING)
    async with platform.database.unit(tenant) as uow:
        store = Runs(uow)
        run = await store.get(run_id, lock=True)
        if run is None or RunState(run.state) is not RunState.TRAINING:
            return
        heard = run.heartbeat_at
        if platform.clock() - heard <= SILENT:
            return
        await store.move(run, RunState.STARTING, platform.clock(), "The trainer was lost; another one goes on.")
        await uow.commit()
    log.warning("trainer lost", run=str(run_id))
    await tell(platform, tenant, run)


async def _cluster_failed(platform: Platform, tenant: TenantId, run: RunRow) -> None:
    status = await platform.clusters.status(tenant, ClusterKind.TRAINING)
    if status.state is ClusterState.FAILED:
        await withdraw(platform, tenant, run)
        await fail(platform, tenant, run.id, f"The training cluster could not be started: {status.detail}")
