"""Delivery of jobs: procrastinate carries them, our own rows hold the truth.

A job is a name, a tenant and ids. Delivery is at least once: a worker that dies in mid-job is noticed by its heartbeat
and the job given to another, so every job must be harmless when run again.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
import structlog
from opentelemetry import propagate, trace
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from services.kernel.acting import doing
from services.kernel.errors import DomainError, Unavailable
from services.kernel.ids import TenantId

Dispatch = Callable[[str, TenantId, dict[str, Any]], Awaitable[None]]
"""Runs the job of that name for that tenant."""

SCHEMA = "queue"
TASK = "andon.job"
HEARTBEAT_S = 2.0
STALLED_S = 6.0
_MAX_ATTEMPTS = 8
_LONGEST_WAIT_S = 60

log = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)


class QueueLost(Exception):
    """Nobody works the queue any more in this process."""


class Patience(BaseRetryStrategy):
    """Waits 1, 2, 4 … 60 s between attempts. What the domain refuses will be refused again, so it is not retried."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, DomainError) and not isinstance(exception, Unavailable):
            return None
        if job.attempts >= _MAX_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": min(2**job.attempts, _LONGEST_WAIT_S)})


def make_queue(relay_url: str) -> App:
    """The queue's client, under the relay role, by a libpq URL. Open it with `async with app.open_async()`."""
    return App(connector=PsycopgConnector(conninfo=relay_url, kwargs={"options": f"-c search_path={SCHEMA},public"}))


async def install_queue(relay_url: str) -> None:
    """Creates the queue's tables in its schema unless they are there."""
    async with await psycopg.AsyncConnection.connect(relay_url) as connection:
        row = await (await connection.execute(f"SELECT to_regclass('{SCHEMA}.procrastinate_jobs')")).fetchone()
    if row is not None and row[0] is not None:
        return
    app = make_queue(relay_url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def run_queue(app: App, dispatch: Dispatch, *, concurrency: int = 8) -> None:
    """Works until cancelled. `app` must be open. Raises `QueueLost` when the database went away: start again."""

    @app.task(name=TASK, retry=Patience())
    async def job(tenant: str, name: str, payload: dict[str, Any], traceparent: str | None = None) -> None:  # pyright: ignore[reportUnusedFunction]
        parent = propagate.extract({"traceparent": traceparent} if traceparent else {})
        with (
            tracer.start_as_current_span(f"job {name}", context=parent, attributes={"andon.tenant": tenant}),
            structlog.contextvars.bound_contextvars(tenant=tenant, job=name),
            doing(name),
        ):
            try:
                await dispatch(name, TenantId(UUID(tenant)), payload)
            except DomainError as error:
                log.warning("job refused", code=error.code, reason=error.message)
                raise
            except Exception:
                log.exception("job failed")
                raise

    @app.periodic(cron="* * * * * */5")
    @app.task(name="andon.rescue", pass_context=False, queueing_lock="andon.rescue")
    async def rescue(timestamp: int) -> None:  # pyright: ignore[reportUnusedFunction]
        """Gives jobs of workers that stopped breathing to others."""
        del timestamp
        for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            log.warning("job rescued", job_id=stalled.id)
            await app.job_manager.retry_job(stalled)

    await app.run_worker_async(
        concurrency=concurrency,
        delete_jobs="successful",
        install_signal_handlers=False,
        update_heartbeat_interval=HEARTBEAT_S,
        stalled_worker_timeout=STALLED_S,
        fetch_job_polling_interval=1.0,
    )
    # Procrastinate logs what befell its listener or its heartbeat, stops, and returns as if it had been told to.
    raise QueueLost("The queue's worker stopped by itself; its log says why.")
