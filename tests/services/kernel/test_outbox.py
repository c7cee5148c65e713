"""From a unit of work to a job: committed work is delivered, undone work is not."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from services.kernel import outbox
from services.kernel.errors import Invalid
from services.kernel.ids import TenantId
from services.kernel.jobs import make_queue, run_queue


def delivery(kind: str, name: str) -> outbox.Delivery:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return outbox.Delivery(UUID(int=1), 9, kind, name, {"asset_id": "7"}, "00-trace", at)


def test_an_event_becomes_a_job_for_each_subscriber():
    payload = {"asset_id": "7", "news": {"sequence": 9, "at": "2026-03-01T00:00:00+00:00"}}
    jobs = outbox.jobs_of(
        delivery("event", "assets.created"), {"assets.created": ["monitoring.greet", "serving.prepare"]}
    )
    assert jobs == [
        {"tenant": str(UUID(int=1)), "name": name, "payload": payload, "traceparent": "00-trace"}
        for name in ("monitoring.greet", "serving.prepare")
    ]


def test_an_event_nobody_waits_for_and_a_job():
    assert outbox.jobs_of(delivery("event", "assets.created"), {}) == []
    [job] = outbox.jobs_of(delivery("job", "training.prepare"), {})
    assert (job["name"], job["payload"]) == ("training.prepare", {"asset_id": "7"})


@pytest.mark.platform
async def test_committed_work_is_delivered_once_and_undone_work_never(platform, tenant):
    done: list[tuple[str, TenantId, dict]] = []
    attempts: dict[str, int] = {}

    async def dispatch(name: str, of: TenantId, payload: dict) -> None:
        if of != tenant.id or not name.startswith("test."):  # what others left in the outbox
            return
        attempts[name] = attempts.get(name, 0) + 1
        if name == "test.refused":
            raise Invalid("no")
        if name == "test.shaky" and attempts[name] == 1:
            raise OSError("once")
        news = payload.pop("news", None)
        assert (news is not None) == (name == "test.reaction")
        done.append((name, of, payload))

    database = platform.platform.database
    async with database.unit(tenant.id) as uow:
        uow.enqueue("test.undone")
    async with database.unit(tenant.id) as uow:
        uow.enqueue("test.plain", thing="1")
        uow.enqueue("test.shaky")
        uow.enqueue("test.refused")
        uow.announce("test.happened", thing="2")
        await uow.commit()

    app = make_queue(platform.relay_url)
    async with app.open_async():
        tasks = [
            asyncio.create_task(run_queue(app, dispatch)),
            asyncio.create_task(outbox.run_relay(platform.relay_url, app, {"test.happened": ["test.reaction"]})),
        ]
        async with asyncio.timeout(20):
            while len(done) < 3 or "test.refused" not in attempts:
                await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert sorted(done) == [
        ("test.plain", tenant.id, {"thing": "1"}),
        ("test.reaction", tenant.id, {"thing": "2"}),
        ("test.shaky", tenant.id, {}),
    ]
    assert (attempts["test.shaky"], attempts["test.refused"]) == (2, 1)
    with psycopg.connect(platform.relay_url) as connection:
        waiting = connection.execute(
            "SELECT count(*) FROM outbox WHERE delivered_at IS NULL AND tenant_id = %s", [tenant.id]
        ).fetchone()
    assert waiting == (0,)


@pytest.mark.platform
async def test_the_relay_lists_tenants_and_the_application_may_not(platform, tenant, other_tenant):
    known = {each.id: each for each in await outbox.known_tenants(platform.relay_url)}
    assert known[tenant.id] == outbox.KnownTenant(tenant.id, tenant.slug, "active")
    assert other_tenant.id in known
    with psycopg.connect(platform.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT tenant_states()")
