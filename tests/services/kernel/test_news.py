"""News of a tenant's stream account, told to several readers."""

import asyncio
from typing import Any

import pytest

from services.kernel import subjects
from services.kernel.ids import new_id
from services.kernel.news import IN_HAND

pytestmark = pytest.mark.platform


@pytest.fixture
def subject() -> str:
    return subjects.scores(new_id())


async def listening(streams: Any, tenant: Any, subject: str) -> Any:
    """The connection that hears, once the server knows of the subscription: of two pings, the first may overtake it."""
    client = streams._newsroom._subjects[tenant.id, subject].client
    await client.flush()
    await client.flush()
    return client


async def heard(queue: Any) -> bytes:
    async with asyncio.timeout(10):
        return (await queue.get()).data


async def test_readers_share_a_subscription_and_each_message(platform: Any, tenant: Any, subject: str) -> None:
    streams = platform.platform.streams
    client = await streams.connection(tenant.id)
    async with streams.news(tenant.id, subject) as first, streams.news(tenant.id, subject) as second:
        hearing = await listening(streams, tenant, subject)
        assert hearing is not client
        assert len([one for one in hearing._subs.values() if one.subject == subject]) == 1
        await client.publish(subject, b"told")
        async with asyncio.timeout(10):
            here, there = await first.get(), await second.get()
        assert here is there
        assert here.data == b"told"


async def test_who_leaves_hears_no_more_and_the_last_one_ends_the_subscription(
    platform: Any, tenant: Any, subject: str
) -> None:
    streams = platform.platform.streams
    client = await streams.connection(tenant.id)
    async with streams.news(tenant.id, subject) as stays:
        hearing = await listening(streams, tenant, subject)
        async with streams.news(tenant.id, subject) as leaves:
            pass
        await client.publish(subject, b"told")
        assert await heard(stays) == b"told"
        assert leaves.empty()
    assert not [one for one in hearing._subs.values() if one.subject == subject]
    assert (tenant.id, subject) not in streams._newsroom._subjects


async def test_a_slow_reader_keeps_the_newest_and_holds_nobody_up(platform: Any, tenant: Any, subject: str) -> None:
    streams = platform.platform.streams
    client = await streams.connection(tenant.id)
    async with streams.news(tenant.id, subject) as quick, streams.news(tenant.id, subject) as slow:
        await listening(streams, tenant, subject)
        for number in range(IN_HAND + 10):
            await client.publish(subject, str(number).encode())
            assert await heard(quick) == str(number).encode()
        assert slow.qsize() == IN_HAND
        assert await heard(slow) == b"10"


async def test_other_subjects_and_tenants_are_not_heard(
    platform: Any, tenant: Any, other_tenant: Any, subject: str
) -> None:
    streams = platform.platform.streams
    async with streams.news(tenant.id, subject) as here, streams.news(other_tenant.id, subject) as there:
        for of in (tenant, other_tenant):
            await listening(streams, of, subject)
        await (await streams.connection(tenant.id)).publish(subjects.scores(new_id()), b"another")
        await (await streams.connection(tenant.id)).publish(subject, b"mine")
        assert await heard(here) == b"mine"
        await (await streams.connection(other_tenant.id)).publish(subject, b"theirs")
        assert await heard(there) == b"theirs"
        assert here.empty()
