"""Requests to the stream end when they are told to, and outlive a server that takes new accounts up."""

import asyncio

import pytest
from nats.errors import NoRespondersError
from nats.js.errors import NotFoundError

from services.enclaves.adapters.connect import connect
from services.enclaves.contracts import StreamUser
from services.enclaves.provisioner import StreamAccount
from services.kernel.ids import new_id
from services.kernel.streams import fetch

pytestmark = pytest.mark.platform


async def new_accounts(platform, many: int) -> None:
    """Each makes the server read all accounts again, twice."""
    for _ in range(many):
        account = StreamAccount(f"tenant-{new_id().hex}", {user: new_id().hex for user in StreamUser})
        await platform.platform.ground.accounts.ensure(account)
        await platform.platform.ground.accounts.remove(account)


async def test_requests_while_accounts_are_made(platform, tenant):
    """The plain client was refused thousands of times in the same."""
    js = await platform.platform.streams.jetstream(tenant.id)
    making = asyncio.create_task(new_accounts(platform, 20))
    asked = 0
    while not making.done():
        assert (await js.stream_info("SCORES")).config.name == "SCORES"
        asked += 1
    await making
    assert asked > 0


async def test_a_subject_nobody_answers_is_told_at_once(platform, tenant):
    client = await platform.platform.streams.connection(tenant.id)
    with pytest.raises(NoRespondersError):
        await client.request(f"scores.request.{new_id()}", b"")


async def test_what_the_api_refuses_is_told_as_it_is(platform, tenant):
    js = await platform.platform.streams.jetstream(tenant.id)
    with pytest.raises(NotFoundError):
        await js.stream_info("NOT_THERE")


async def test_messages_under_way_when_the_connection_breaks_are_acknowledged(platform, tenant):
    """Each once, and without the 15 s that who waits for a lost answer waits for."""
    client = await connect(await platform.platform.streams._credential(tenant.id), name="test")
    js, subject = client.jetstream(timeout=60), f"scores.{new_id()}"
    for round in range(5):
        numbers = range(round * 100, round * 100 + 100)
        sending = [js.publish(subject, b"x", headers={"Nats-Msg-Id": f"{subject}-{number}"}) for number in numbers]
        answers = asyncio.gather(*sending)
        await asyncio.sleep(0.002 * round)
        client._transport.close()
        async with asyncio.timeout(10):
            await answers
    found = await js.stream_info("SCORES", subjects_filter=subject)
    assert found.state.subjects == {subject: 500}
    assert client._unanswered == {}
    await client.close()


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
