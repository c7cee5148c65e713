"""A task that was told to end ends, although a library dropped that."""

import asyncio

import pytest

from services.kernel.cancel import cancellation_holds


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
