"""From news to a receiver that checks the signature with a library that is not ours."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from receiver import HANG, Receiver, answer
from sqlmodel import select
from standardwebhooks import WebhookVerificationError

from andon_sdk.plugin import Contract, Signal
from gateway.relay import global_id
from infra.registry import gather
from services.assets import api as assets
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.jobs import make_queue, run_queue
from services.kernel.outbox import run_relay
from services.webhooks import api, model
from services.webhooks.adapters import post
from services.webhooks.contracts import DeliveryState, EndpointState
from services.webhooks.tables import EndpointRow

PROCESS = Path(__file__).parent / "sender_process.py"


async def test_news_is_posted_with_a_good_signature(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    asset_id = new_id()
    payload = await webhooks.news(asset_ids=[str(asset_id)])
    async with webhooks.sending():
        [received] = await receiver.got(1)
        delivery = await webhooks.tried(made.endpoint, 1)
    expected = {"type": "asset.created", "timestamp": payload["news"]["at"]}
    assert received.verified(made.secret) == expected | {"data": {"assetIds": [global_id("Asset", asset_id)]}}
    assert received.id == delivery.webhook_id
    assert (delivery.state, delivery.tries, delivery.last_status) == (DeliveryState.DELIVERED, 1, 204)
    assert (delivery.last_error, delivery.next_try_at, delivery.body) == (None, None, received.body.decode())
    with pytest.raises(WebhookVerificationError):
        received.verified(model.new_secret())


async def test_what_a_person_does_goes_the_whole_way(webhooks, receiver, platform, tenant):
    """Through the outbox, the relay, the queue and the sender, as the worker runs them."""
    made, background = await webhooks.endpoint(receiver.url, "contract.changed"), gather()

    async def dispatch(name, of, payload) -> None:
        if name.startswith("webhooks.") and of == tenant.id:
            await background.dispatch(webhooks.platform, name, of, payload)

    queue = make_queue(platform.relay_url)
    signal = Signal("flow", "Flow", "L/min", 0, 1)
    async with webhooks.sending(), queue.open_async():
        tasks = [
            asyncio.create_task(run_queue(queue, dispatch)),
            asyncio.create_task(run_relay(platform.relay_url, queue, background.subscriptions)),
        ]
        contract = await webhooks.do(assets.put_contract, Contract("valve", "Valve", (signal,), 1.0))
        [received] = await receiver.got(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    data = {"contractId": global_id("Contract", contract.id), "key": "valve", "version": 1}
    assert received.verified(made.secret)["data"] == data


async def test_news_that_comes_twice_is_posted_once(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    payload = await webhooks.news()
    await webhooks.news(**payload)
    await webhooks.news()
    async with webhooks.sending():
        await receiver.got(2)
        found = await webhooks.until(made.endpoint, lambda all_: all(each.ended_at for each in all_))
    assert len(found) == len(receiver.requests) == len({each.id for each in receiver.requests}) == 2


async def test_only_what_is_wanted_is_posted(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url, "asset.labelled")
    await webhooks.news()
    assert await webhooks.deliveries(made.endpoint) == []
    await webhooks.news("assets.labels_changed", asset_ids=[str(new_id())])
    assert [each.type for each in await webhooks.deliveries(made.endpoint)] == ["asset.labelled"]


async def test_both_secrets_sign_for_a_day_after_a_change(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    changed = await webhooks.do(api.rotate_secret, webhooks.platform.ground, made.endpoint.id)
    until = changed.endpoint.former_secret_until
    assert until is not None
    await webhooks.news()
    async with webhooks.sending():
        [received] = await receiver.got(1)
        assert received.verified(changed.secret) == received.verified(made.secret)
        webhooks.later = timedelta(hours=24, seconds=1)
        await webhooks.news()
        [_, second] = await receiver.got(2)
    assert received.headers["webhook-signature"].count("v1,") == 2
    assert second.headers["webhook-signature"].count("v1,") == 1
    signed = model.headers(
        _message(second.id), _time(second.headers["webhook-timestamp"]), second.body, [changed.secret]
    )
    assert signed["webhook-signature"] == second.headers["webhook-signature"]


async def test_what_failed_is_tried_again_with_the_same_id(webhooks, receiver, monkeypatch):
    monkeypatch.setattr(post, "TIMEOUT_S", 0.3)
    made = await webhooks.endpoint(receiver.url)
    receiver.answers += [answer(500, b"no room"), HANG]
    await webhooks.news()
    async with webhooks.sending():
        delivery = await webhooks.tried(made.endpoint, 1)
        assert (delivery.state, delivery.tries, delivery.last_status) == (DeliveryState.WAITING, 1, 500)
        assert delivery.next_try_at is not None
        assert 4 < (delivery.next_try_at - webhooks.now()).total_seconds() <= 6
        assert (await webhooks.state(made.endpoint)).failing_since is not None
        webhooks.later += timedelta(seconds=6)
        delivery = await webhooks.tried(made.endpoint, 2)
        webhooks.later += timedelta(minutes=6)
        delivery = await webhooks.tried(made.endpoint, 3)
    assert {each.id for each in receiver.requests} == {delivery.webhook_id}
    assert {each.body for each in receiver.requests} == {delivery.body.encode()}
    stamps = [int(each.headers["webhook-timestamp"]) for each in receiver.requests]
    assert stamps[0] < stamps[1] < stamps[2], "each try is signed anew"
    assert [(each.number, each.status, each.answer) for each in delivery.attempts] == [
        (1, 500, "no room"), (2, None, ""), (3, 204, ""),
    ]  # fmt: skip
    assert [each.error for each in delivery.attempts] == [
        "The receiver answered 500.", "There was no whole answer within 0 seconds.", None,
    ]  # fmt: skip
    assert delivery.state is DeliveryState.DELIVERED
    assert (await webhooks.state(made.endpoint)).failing_since is None


async def test_after_the_last_try_it_is_given_up_and_can_be_sent_again(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    receiver.usual = answer(503)
    await webhooks.news()
    async with webhooks.sending():
        for number in range(1, model.MOST_TRIES):
            delivery = await webhooks.tried(made.endpoint, number)
            assert (delivery.state, delivery.ended_at) == (DeliveryState.WAITING, None)
            assert delivery.next_try_at is not None
            webhooks.later = delivery.next_try_at - utc_now()
        delivery = await webhooks.tried(made.endpoint, model.MOST_TRIES)
        assert (delivery.state, delivery.next_try_at) == (DeliveryState.FAILED, None)
        assert timedelta(days=3) < webhooks.later < timedelta(days=4)
    assert (await webhooks.state(made.endpoint)).state is EndpointState.ACTIVE
    assert [each.id for each in await webhooks.deliveries(made.endpoint, state=DeliveryState.FAILED)] == [delivery.id]
    receiver.usual = answer(204)
    webhooks.later = timedelta()
    assert (await webhooks.do(api.redeliver, delivery.id)).state is DeliveryState.WAITING
    async with webhooks.sending():
        delivery = await webhooks.tried(made.endpoint, model.MOST_TRIES + 1)
    assert (delivery.state, delivery.tries) == (DeliveryState.DELIVERED, 11)
    assert len({each.id for each in receiver.requests}) == 1


async def test_an_endpoint_that_failed_for_five_days_is_disabled_with_a_reason(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    receiver.usual = answer(500)
    await webhooks.news()
    async with webhooks.sending():
        await webhooks.tried(made.endpoint, 1)
        webhooks.later = timedelta(days=5)
        await webhooks.tried(made.endpoint, 2)
    disabled = await webhooks.state(made.endpoint)
    assert disabled.state is EndpointState.DISABLED
    assert disabled.reason == "Nothing could be delivered for 5 days. The last error: The receiver answered 500."
    assert (await webhooks.delivery(made.endpoint)).state is DeliveryState.FAILED
    await webhooks.news()
    assert len(await webhooks.deliveries(made.endpoint)) == 1, "nothing is kept for it"

    webhooks.later, receiver.usual = timedelta(), answer(204)
    resumed = await webhooks.do(api.resume_endpoint, made.endpoint.id)
    assert (resumed.state, resumed.reason, resumed.failing_since) == (EndpointState.ACTIVE, None, None)
    again = await webhooks.do(api.redeliver_failed, made.endpoint.id, made.endpoint.created_at)
    assert again.deliveries == 1
    async with webhooks.sending():
        assert (await webhooks.tried(made.endpoint, 3)).state is DeliveryState.DELIVERED


async def test_a_receiver_that_is_gone_is_asked_no_more(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    receiver.answers.append(answer(410))
    await webhooks.news()
    async with webhooks.sending():
        delivery = await webhooks.tried(made.endpoint, 1)
    assert delivery.state is DeliveryState.FAILED
    endpoint = await webhooks.state(made.endpoint)
    assert (endpoint.state, endpoint.reason) == (
        EndpointState.DISABLED, "The receiver answered 410, which means that it is gone for good.",
    )  # fmt: skip


async def test_news_for_a_paused_endpoint_waits_until_it_is_resumed(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    await webhooks.do(api.pause_endpoint, made.endpoint.id)
    await webhooks.news()
    async with webhooks.sending():
        ping = await webhooks.do(api.ping_endpoint, made.endpoint.id)
        [received] = await receiver.got(1)
        assert (received.verified(made.secret)["type"], received.id) == ("webhook.ping", ping.webhook_id)
        states = {each.type: each.state for each in await webhooks.deliveries(made.endpoint)}
        assert states["asset.created"] is DeliveryState.WAITING
        await webhooks.do(api.resume_endpoint, made.endpoint.id)
        await receiver.got(2)


async def test_a_ping_is_tried_once_and_says_nothing_of_the_endpoint(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    receiver.answers.append(answer(500))
    await webhooks.do(api.ping_endpoint, made.endpoint.id)
    async with webhooks.sending():
        assert (await webhooks.tried(made.endpoint, 1)).state is DeliveryState.FAILED
    assert (await webhooks.state(made.endpoint)).failing_since is None


async def test_a_receiver_that_hangs_holds_up_itself_only(webhooks, others, receiver):
    async with Receiver.listening() as hanging:
        hanging.usual = HANG
        slow = (await webhooks.endpoint(hanging.url)).endpoint
        good = (await webhooks.endpoint(receiver.url)).endpoint
        theirs = (await others.endpoint(receiver.url)).endpoint
        for _ in range(12):
            await webhooks.news()
        await others.news()
        async with webhooks.sending(), others.sending():
            await hanging.got(4)
            await webhooks.until(good, lambda all_: all(each.ended_at for each in all_))
            await others.tried(theirs, 1)
            await webhooks.news()
            await webhooks.until(good, lambda all_: len(all_) == 13 and all(each.ended_at for each in all_))
            assert (len(hanging.requests), hanging.most_open) == (4, 4), "no more than four are under way"
        assert all(each.ended_at is None for each in await webhooks.deliveries(slow))
    await others.do(api.delete_endpoint, theirs.id)


async def test_the_worker_dies_between_receipt_and_note_and_it_is_posted_again(webhooks, receiver, platform, tenant):
    """A process of its own is killed with -9 after the receiver has the request and before the answer."""
    made = await webhooks.endpoint(receiver.url)
    receiver.answers.append(HANG)
    await webhooks.news()
    environment = {**os.environ, "ANDON_HOME": str(platform.state.home), "ANDON_WEBHOOK_NETWORKS": "127.0.0.0/8"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROCESS), str(tenant.id), cwd=Path(__file__).parents[3], env=environment
    )
    await receiver.got(1, within_s=120)
    process.kill()
    assert await process.wait() == -9
    left = await webhooks.delivery(made.endpoint)
    assert (left.state, left.tries, left.attempts) == (DeliveryState.WAITING, 1, ())
    async with webhooks.sending():
        await asyncio.sleep(0.3)
        assert len(receiver.requests) == 1, "it is the dead worker's until its time is over"
        webhooks.later = timedelta(seconds=61)
        delivery = await webhooks.tried(made.endpoint, 1)
    first, second = receiver.requests
    assert (first.id, first.body) == (second.id, second.body) == (delivery.webhook_id, delivery.body.encode())
    assert (delivery.state, delivery.tries, delivery.attempts[0].number) == (DeliveryState.DELIVERED, 2, 2)


async def test_who_was_too_slow_to_note_changes_nothing(webhooks, receiver):
    """Two workers have the same delivery, since the first took longer than it may: the second's word counts."""
    made = await webhooks.endpoint(receiver.url)
    receiver.answers += [HANG]
    await webhooks.news()
    async with webhooks.sending(lost_after_s=0.2):
        await receiver.got(1)
        async with webhooks.sending():
            delivery = await webhooks.tried(made.endpoint, 1)
    assert (delivery.state, delivery.attempts[0].number) == (DeliveryState.DELIVERED, 2)


async def test_deliveries_are_kept_for_thirty_days(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    await webhooks.news()
    async with webhooks.sending(purge_s=1):
        await webhooks.tried(made.endpoint, 1)
        webhooks.later = timedelta(days=29, hours=23)
        await asyncio.sleep(0.3)
        assert len(await webhooks.deliveries(made.endpoint)) == 1
        webhooks.later = timedelta(days=30, minutes=1)
        await webhooks.until(made.endpoint, lambda all_: all_ == [])


async def test_another_tenant_sees_and_changes_nothing(webhooks, others, receiver):
    made = await webhooks.endpoint(receiver.url)
    await others.news()
    assert await webhooks.deliveries(made.endpoint) == []
    await webhooks.news()
    async with others.sending():
        await asyncio.sleep(0.3)
    assert receiver.requests == []
    async with others.local.unit(others.tenant) as uow:
        assert await api.list_endpoints(uow, others.principal) == []
        assert await api.list_deliveries(uow, others.principal, made.endpoint.id) == []


async def test_the_secret_is_closed_in_the_database(webhooks, receiver):
    made = await webhooks.endpoint(receiver.url)
    async with webhooks.local.unit(webhooks.tenant) as uow:
        row = (await uow.session.exec(select(EndpointRow))).one()
    assert made.secret not in json.dumps(row.model_dump(mode="json"))
    assert webhooks.platform.ground.vault.open(row.secret) == made.secret


def _message(webhook_id: str) -> UUID:
    return UUID(webhook_id.removeprefix("msg_"))


def _time(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
