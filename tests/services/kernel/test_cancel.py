"""A task that was told to end ends, although a library dropped that."""

import asyncio

import pytest

from services.enclaves.adapters.connect import connect
from services.kernel.cancel import cancellation_holds, fetch
from services.kernel.ids import new_id

pytestmark = pytest.mark.platform


async def drops() -> str:
    """What Python 3.11's `wait_for` does when it is cancelled as its result arrives."""
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        return "as if nothing had happened"
    raise AssertionError


async def test_a_dropped_cancellation_ends_the_task():
    went_on = False

    async def work() -> None:
        nonlocal went_on
        with cancellation_holds():
            await drops()
        went_on = True

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not went_on


async def test_what_a_cancelled_task_does_to_clean_up_is_left_alone():
    cleaned = False

    async def work() -> None:
        nonlocal cleaned
        try:
            await asyncio.sleep(3600)
        finally:
            with cancellation_holds():
                await asyncio.sleep(0)
            cleaned = True

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned


async def test_a_timeout_around_it_stays_a_timeout():
    async def work() -> None:
        async with asyncio.timeout(0.05):
            with cancellation_holds():
                await drops()

    with pytest.raises(TimeoutError):
        await work()


async def test_tasks_that_ask_the_stream_end_at_the_first_call(platform, tenant):
    """Cancelled at any moment of thousands of requests, as answers arrive."""
    js = await platform.platform.streams.jetstream(tenant.id)
    subject = f"scores.{new_id()}"

    async def ask() -> None:
        while True:
            await js.stream_info("SCORES")
            await js.publish(subject, b"x")

    for number in range(60):
        tasks = [asyncio.create_task(ask()) for _ in range(20)]
        await asyncio.sleep(0.01 + number * 0.0003)
        for task in tasks:
            task.cancel()
        done, pending = await asyncio.wait(tasks, timeout=20)
        assert not pending
        assert all(task.cancelled() for task in done)


async def test_nothing_to_fetch_is_an_empty_list(platform, tenant):
    js = await platform.platform.streams.jetstream(tenant.id)
    subscription = await js.pull_subscribe(f"scores.{new_id()}", stream="SCORES")
    assert await fetch(subscription, 5, 0.05) == []
    await subscription.unsubscribe()


async def test_a_cancellation_of_somebody_else_is_not_met_at_the_close(platform, tenant):
    """As when a connection is closed while it is being made again."""
    client = await connect(await platform.platform.streams._credential(tenant.id), name="test")
    other = asyncio.create_task(client._transport.wait_closed())
    await asyncio.sleep(0)
    other.cancel()
    await client.close()
    assert client.is_closed


async def test_a_close_that_is_cancelled_is_cancelled(platform, tenant):
    client = await connect(await platform.platform.streams._credential(tenant.id), name="test")
    closing = asyncio.create_task(client.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
