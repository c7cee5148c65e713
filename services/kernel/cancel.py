"""Cancellation that holds.

`asyncio.wait_for` of Python 3.11 drops a cancellation that arrives in the moment in which what it waits for is done
(python/cpython#86296), and the client of NATS waits with it in every request. A task that was told to end then goes on,
and who waits for its end waits for ever. That it was told can still be seen on the task.

Our own code waits with `asyncio.timeout`, which has no such gap.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cancellation_holds() -> Iterator[None]:
    """Raises `CancelledError` at its end if the task was told to end within, and something dropped that."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError
