"""A consumer that falls comes back, for its tenant only."""

import asyncio

from structlog.testing import capture_logs

from infra import consumers
from services.enclaves.errors import EnclaveMissing
from services.kernel.errors import Unavailable
from services.kernel.ids import TenantId, new_id


async def test_a_fallen_consumer_is_started_again(monkeypatch):
    monkeypatch.setattr(consumers, "_FIRST_WAIT_S", 0.01)
    tenant, calls = TenantId(new_id()), []

    async def consume(platform, who):
        calls.append((platform, who))
        if len(calls) == 1:
            raise RuntimeError("fell")
        if len(calls) == 2:
            raise Unavailable("not yet")
        if len(calls) == 3:
            return
        await asyncio.Event().wait()

    task = asyncio.create_task(consumers.keep_running("the platform", tenant, "test.consumer", consume))
    while len(calls) < 4:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert calls == [("the platform", tenant)] * 4
    assert consumers.FALLEN.labels("test.consumer")._value.get() == 3
    assert consumers.RUNNING.labels("test.consumer")._value.get() == 0


async def test_a_new_tenant_is_noticed(monkeypatch):
    monkeypatch.setattr(consumers, "LOOK_EVERY_S", 0.01)
    known, seen = [TenantId(new_id())], []

    async def states(url):
        return dict.fromkeys(known, "active")

    async def consume(platform, who):
        seen.append(who)
        await asyncio.Event().wait()

    monkeypatch.setattr(consumers, "_states", states)
    task = asyncio.create_task(consumers.run_consumers(None, "", {"test.consumer": consume}))
    while len(seen) < 1:
        await asyncio.sleep(0.01)
    known.append(TenantId(new_id()))
    while len(seen) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen == known


async def test_an_enclave_that_is_being_made_is_waited_for_and_no_fall(monkeypatch):
    monkeypatch.setattr(consumers, "LOOK_EVERY_S", 0.01)
    calls = []

    async def consume(platform, who):
        calls.append(who)
        if len(calls) < 4:
            raise EnclaveMissing("being made")
        await asyncio.Event().wait()

    with capture_logs() as logs:
        task = asyncio.create_task(consumers.keep_running(None, TenantId(new_id()), "test.waiting", consume))
        while len(calls) < 4:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert {entry["log_level"] for entry in logs} == {"debug"}
    assert consumers.FALLEN.labels("test.waiting")._value.get() == 0
