"""Pulling from a consumer."""

import asyncio
from typing import Any

import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from services.kernel import subjects
from services.kernel.ids import new_id
from services.kernel.pull import ASKED_BYTES, Puller

pytestmark = pytest.mark.platform
LARGE = 4 * 1024 * 1024
MOST = ASKED_BYTES // (LARGE + 1)


async def test_no_more_bytes_are_asked_for_than_a_connection_may_hold(platform: Any, tenant: Any) -> None:
    js = await platform.platform.streams.jetstream(tenant.id)
    subject = subjects.scores(new_id())
    for number in range(2 * MOST):
        await js.publish(subject, bytes([number]) * LARGE)
    config = ConsumerConfig(name=str(new_id()), filter_subject=subject, ack_policy=AckPolicy.NONE, inactive_threshold=9)
    async with Puller.of(js, subjects.SCORES_STREAM, config) as puller, asyncio.timeout(60):
        found = await puller.next()
        await asyncio.sleep(1)
        sent = (await js.consumer_info(subjects.SCORES_STREAM, str(config.name))).delivered
        assert sent is not None
        assert len(found) <= sent.consumer_seq == MOST
        while len(found) < 2 * MOST:
            found += await puller.next()
    assert [message.data[0] for message in found] == list(range(2 * MOST))
