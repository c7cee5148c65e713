"""The process `demo`: two tenants whose drills never stop sending, through the same door as everybody.

    python -m infra.demo.feed

First the tenants and moving data, then the history behind it, then the first models, one tenant after the other.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import structlog

from infra import process
from infra.bootstrap import open_platform
from infra.demo import tenant as demos
from infra.demo.diary import Diary, keep, open_diary
from infra.demo.tenant import DemoTenant
from infra.installation import address
from infra.local.state import State
from infra.settings import Settings
from services.enclaves.platform import Platform
from services.kernel.errors import DomainError
from services.training import api as training

TENANTS = (("acme", "Acme Circuits", 8), ("borealis", "Borealis Boards", 7))
"""Address, name and seed of each."""
_TICK_S = 1.0
_KEEP_EVERY = 5

log = structlog.get_logger(__name__)


async def feed(settings: Settings, state: State) -> None:
    """Runs until cancelled."""
    async with open_platform(settings, state) as platform, asyncio.TaskGroup() as group:
        ready: list[tuple[DemoTenant, Diary]] = []
        for slug, name, seed in TENANTS:
            diary = open_diary(settings, state, slug)
            demo = await demos.ensure(platform, slug, name, seed, diary)
            keep(state, slug, diary)
            ready.append((demo, diary))
            group.create_task(live(settings, state, platform, demo, diary), name=f"live {slug}")
        for demo, diary in ready:
            await _history(state, platform, demo, diary)
        if settings.demo_train:
            for demo, diary in ready:
                await _first_models(state, platform, demo, diary)


async def live(settings: Settings, state: State, platform: Platform, demo: DemoTenant, diary: Diary) -> None:
    """Sends a row of each drill every second; the plant lives faster until it has caught up with the present."""
    url = f"{address(settings, state)}/v1/ingest"
    headers = {"Authorization": f"Bearer {diary.key}", "Content-Type": "application/vnd.apache.arrow.stream"}
    parameters = {"contract": demo.contract.key, "errorPolicy": "IGNORE_FAILED"}
    count = 0
    async with httpx.AsyncClient(trust_env=False, timeout=15, headers=headers, params=parameters) as client:
        while True:
            start = diary.now
            end = start + timedelta(seconds=settings.demo_speed)
            if end > datetime.now(UTC):
                end = start + timedelta(seconds=_TICK_S)
            if end <= datetime.now(UTC):
                step = (end - start).total_seconds()
                rows = await asyncio.to_thread(demo.simulation.rows, start, end, step)
                body = demos.to_arrow(demo, rows)
                if not await _send(client, url, body, f"{demo.tenant.slug}-{start.isoformat()}-{step:g}"):
                    await asyncio.sleep(_TICK_S)
                    continue
                await demos.record_events(platform, demo, start, end)
                diary.position = end.isoformat()
                count += 1
                if count % _KEEP_EVERY == 0:
                    keep(state, demo.tenant.slug, diary)
            await asyncio.sleep(_TICK_S)


async def _send(client: httpx.AsyncClient, url: str, body: bytes, key: str) -> bool:
    """Whether the door took the body. The same key is never stored twice, so trying again is safe."""
    try:
        answer = await client.post(url, content=body, headers={"Idempotency-Key": key})
    except httpx.TransportError as error:
        log.warning("the door does not answer", reason=str(error) or type(error).__name__)
        return False
    if answer.status_code >= 400:
        log.warning("the door refused", status=answer.status_code, answer=answer.text[:300])
    return answer.status_code < 400


async def _history(state: State, platform: Platform, demo: DemoTenant, diary: Diary) -> None:
    if diary.backfilled:
        return
    await demos.backfill(platform, demo, diary)
    diary.backfilled = True
    keep(state, demo.tenant.slug, diary)


async def _first_models(state: State, platform: Platform, demo: DemoTenant, diary: Diary) -> None:
    """Trains and promotes once; when it cannot, says why and leaves it to the people."""
    if diary.promoted:
        return
    slug = demo.tenant.slug
    try:
        if diary.run:
            async with platform.database.unit(demo.tenant.id) as uow:
                run = await training.get_run(uow, demo.principal, UUID(diary.run))
        else:
            run = await demos.start_training(platform, demo, diary)
            diary.run = str(run.id)
            keep(state, slug, diary)
        run = await demos.ended(platform, demo, run)
        promoted = await demos.promote_all(platform, demo)
    except DomainError as error:
        log.warning("first models could not be made", tenant=slug, code=error.code, reason=error.message)
        return
    log.info("first models", tenant=slug, state=run.state.value, message=run.message, promoted=promoted)
    diary.promoted = True
    keep(state, slug, diary)


if __name__ == "__main__":
    process.run("demo", feed)
