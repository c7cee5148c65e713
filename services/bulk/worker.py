"""Takes up a tenant's transfers, a few at a time, until cancelled.

Several workers may do so at once: who claims one has it while its heartbeat goes on. One that was killed is silent, and
eight seconds later its transfer goes on elsewhere, behind the last piece that was committed.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from services.bulk import exporting, importing, model, sweeping
from services.bulk.contracts import JobKind, JobState
from services.bulk.repository import Bulk
from services.bulk.steps import BEAT_S, SILENT, Hold, Lost, Stopped, tell
from services.enclaves.platform import Platform
from services.kernel.errors import DomainError, Unavailable
from services.kernel.ids import TenantId

log = structlog.get_logger(__name__)
AT_ONCE = 2
"""Transfers of a tenant that a worker does at once."""
_LOOK_S = 1.0
TRIES = 8
"""A transfer that was taken up so often without a piece that was done is given up; a wait of eight seconds lies between
two, so a part may be away for a minute."""


async def work(platform: Platform, tenant: TenantId) -> None:
    """The consumer: does what is due, and sweeps away what is over."""
    async with asyncio.TaskGroup() as group:
        group.create_task(sweeping.sweep(platform, tenant))
        for _ in range(AT_ONCE):
            group.create_task(_work(platform, tenant))


async def _work(platform: Platform, tenant: TenantId) -> None:
    while True:
        hold = await claim(platform, tenant)
        if hold is None:
            await asyncio.sleep(_LOOK_S)
        else:
            await do(platform, hold)


async def claim(platform: Platform, tenant: TenantId) -> Hold | None:
    """A transfer that nobody has, now ours."""
    now = platform.clock()
    async with platform.database.unit(tenant) as uow:
        row = await Bulk(uow).claim(now, now - SILENT)
        if row is None:
            return None
        await uow.commit()
    upload = row.upload_id or row.id
    return Hold(tenant, row.id, row.attempt, row.tries, row.spec, upload, row.quarantined)


async def do(platform: Platform, hold: Hold) -> None:
    """Brings it to its end, whichever that is; a worker that is stopped leaves it to another."""
    await tell(platform, hold.tenant, hold.id)
    kind = exporting if "of" in hold.spec else importing
    beating = asyncio.create_task(_beat(platform, hold))
    try:
        if hold.tries > TRIES:
            await end(
                platform, hold, JobState.FAILED, "JOB_GIVEN_UP", f"It was taken up {TRIES} times and went no further."
            )
            return
        await kind.run(platform, hold)
        await end(platform, hold, JobState.SUCCEEDED)
    except Stopped:
        await end(platform, hold, JobState.CANCELLED, "CANCELLED", "It was cancelled; what was done by then stays.")
    except Lost:
        log.info("transfer taken by another", transfer=str(hold.id))
    except Unavailable as error:
        log.warning("transfer waits", transfer=str(hold.id), code=error.code, reason=error.message)
    except DomainError as error:
        await end(platform, hold, JobState.FAILED, error.code, error.message)
    except Exception:  # a part is away, or a defect: it is taken up again when it was silent for long enough
        log.exception("transfer fell", transfer=str(hold.id))
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def _beat(platform: Platform, hold: Hold) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        with suppress(Unavailable):
            async with platform.database.unit(hold.tenant) as uow:
                if await Bulk(uow).beat(hold.id, hold.attempt, platform.clock()) is None:
                    return
                await uow.commit()


async def end(platform: Platform, hold: Hold, state: JobState, code: str = "", message: str = "") -> None:
    """Writes how it ended; a result that is not whole is removed. Harmless when it is over."""
    with suppress(Lost, Stopped):
        async with hold.step(platform) as step:
            row, now = step.row, platform.clock()
            row.state, row.ended_at = state.value, now
            row.problem = {"code": code, "message": message[:1000]} if code else None
            if state is JobState.SUCCEEDED:
                row.progress = 1.0
            row.expires_at = now + model.RESULTS_FOR
            if row.kind == JobKind.EXPORT.value and state is not JobState.SUCCEEDED:
                row.bytes, row.expires_at = 0, now - timedelta(seconds=1)
            upload = await step.store.upload(row.upload_id, lock=True) if row.upload_id else None
            if upload is not None:  # its parts go with the next sweep
                upload.expires_at = now
            step.uow.announce("bulk.job_ended", job_id=str(row.id), kind=row.kind, state=row.state)
