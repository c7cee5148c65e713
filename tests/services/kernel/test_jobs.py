"""The queue's worker does not end in silence."""

import asyncio

import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.testing import InMemoryConnector

from services.kernel.jobs import QueueLost, run_queue


class Deaf(InMemoryConnector):
    """A database that goes away while the worker listens."""

    async def listen_notify(self, *arguments, **options) -> None:
        raise ConnectorException("gone")


async def test_a_worker_that_lost_its_listener_says_so():
    async def dispatch(name, tenant, payload) -> None:
        raise AssertionError("there is no job")

    async with asyncio.timeout(10):
        async with App(connector=Deaf()).open_async() as app:
            with pytest.raises(QueueLost):
                await run_queue(app, dispatch)
