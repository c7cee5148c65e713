"""The watch over a live stream of scores: once whatever happens, and told to who listens."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from nats.js.errors import NotFoundError
from score_message import START, message

from andon_sdk.plugin import Contract, Signal
from services.assets import api as assets
from services.assets.contracts import NewAsset
from services.events import api as events
from services.events.contracts import EventKind, NewEvent
from services.kernel import subjects
from services.kernel.ids import new_id
from services.monitoring import api, jobs
from services.monitoring.contracts import AlarmState, Health

pytestmark = [pytest.mark.platform]


async def until(right: Any) -> Any:
    async with asyncio.timeout(30):
        while not (found := await right()):
            await asyncio.sleep(0.05)
    return found


async def test_from_the_stream_to_an_alarm_and_to_its_end(platform: Any, tenant: Any, principal: Any) -> None:
    opened, database = platform.platform, platform.platform.database
    async with database.unit(tenant.id) as uow:
        contract = await assets.put_contract(
            uow, principal, Contract("watched", "Watched", (Signal("a", "A", "1", -1, 1),), 1.0)
        )
        made = await assets.create_assets(uow, principal, [NewAsset("w", "W", "Site", "Line", "watched")])
        await uow.commit()
    asset = made[0].id
    await jobs.know_assets(opened, tenant.id, {"asset_ids": [str(asset)]})

    async def health() -> Health:
        async with database.unit(tenant.id) as uow:
            return (await api.health_of(uow, principal, [asset]))[asset].health

    assert await health() is Health.NO_MODEL
    await jobs.note_deployed(opened, tenant.id, {"asset_ids": [str(asset)]})
    assert await health() is Health.NORMAL
    js = await opened.streams.jetstream(tenant.id)
    heard: list[dict[str, Any]] = []

    async def hear(news: Any) -> None:
        heard.append(json.loads(news.data))

    await (await opened.streams.connection(tenant.id)).subscribe(subjects.ALARMS_CHANGED, cb=hear)

    async def alarms() -> list[Any]:
        async with database.unit(tenant.id) as uow:
            return await api.list_alarms(uow, principal, asset)

    async def send(first: int, count: int, value: float) -> None:
        for second in range(first, first + count):
            await js.publish(subjects.scores(contract.id), message(asset, second, value))

    watchers = [asyncio.create_task(jobs.watch_scores(opened, tenant.id)) for _ in range(2)]
    await send(0, 4, 2.0)
    await asyncio.sleep(0.5)
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    assert await alarms() == []
    watchers = [asyncio.create_task(jobs.watch_scores(opened, tenant.id)) for _ in range(2)]
    try:
        await send(4, 1, 3.0)
        alarm = (await until(alarms))[0]
        assert (alarm.raised_at, alarm.peak) == (START + timedelta(seconds=4), 3.0)
        assert await health() is Health.ALARM
        replaced = NewEvent(asset, EventKind.PART_REPLACED, START + timedelta(seconds=60))
        async with database.unit(tenant.id) as uow:
            await events.record_event(uow, principal, replaced)
            await uow.commit()
        await jobs.follow_regimes(opened, tenant.id, {"asset_ids": [str(asset)]})
        alarm = (await alarms())[0]
        assert (alarm.state, alarm.cleared_because) == (AlarmState.CLEARED, "regime_changed")
        await send(61, 5, 2.0)
        await until(lambda: _two(alarms))
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
    assert [news["state"] for news in heard] == ["active", "shelved"]
    assert {news["asset_id"] for news in heard} == {str(asset)}


async def test_a_block_that_another_worker_took_in_counts_no_row_twice(
    platform: Any, tenant: Any, principal: Any
) -> None:
    opened = platform.platform
    async with opened.database.unit(tenant.id) as uow:
        contract = await assets.put_contract(
            uow, principal, Contract("raced", "Raced", (Signal("a", "A", "1", -1, 1),), 1.0)
        )
        made = await assets.create_assets(uow, principal, [NewAsset("r", "R", "Site", "Line", "raced")])
        await uow.commit()
    asset = made[0].id
    await jobs.know_assets(opened, tenant.id, {"asset_ids": [str(asset)]})
    await jobs.note_deployed(opened, tenant.id, {"asset_ids": [str(asset)]})
    js = await opened.streams.jetstream(tenant.id)
    reader = await js.pull_subscribe(subjects.scores(contract.id), stream=subjects.SCORES_STREAM)

    async def sent(first: int) -> list[Any]:
        for second in (first, first + 1):
            await js.publish(subjects.scores(contract.id), message(asset, second, 2.0))
        return [message for _ in range(2) for message in await reader.fetch(1)]

    early = await sent(0)
    await jobs.take(opened, tenant.id, early)
    await jobs.take(opened, tenant.id, await sent(2))
    await jobs.take(opened, tenant.id, early)
    async with opened.database.unit(tenant.id) as uow:
        assert await api.list_alarms(uow, principal, asset) == [], "four rows are one too few"
    await jobs.take(opened, tenant.id, await sent(4))
    async with opened.database.unit(tenant.id) as uow:
        [alarm] = await api.list_alarms(uow, principal, asset)
    assert alarm.raised_at == START + timedelta(seconds=4)
    await reader.unsubscribe()


async def test_the_stream_is_told_how_far_scores_were_taken_in(
    platform: Any, tenant: Any, principal: Any, monkeypatch: Any
) -> None:
    """So that the historian keeps what comes after."""
    monkeypatch.setattr(jobs, "TELL_S", 0.0)
    opened = platform.platform
    async with opened.database.unit(tenant.id) as uow:
        contract = await assets.put_contract(
            uow, principal, Contract("told", "Told", (Signal("a", "A", "1", -1, 1),), 1.0)
        )
        await uow.commit()
    js = await opened.streams.jetstream(tenant.id)
    place = subjects.position(subjects.SCORES_STREAM, "alarms")

    async def told() -> int:
        try:
            return int((await js.get_last_msg(subjects.POSITIONS_STREAM, place)).data)
        except NotFoundError:
            return -1

    before = (await js.stream_info(subjects.SCORES_STREAM)).state.last_seq
    watcher = asyncio.create_task(jobs.watch_scores(opened, tenant.id))
    for second in range(3):
        await js.publish(subjects.scores(contract.id), message(new_id(), second, 0.5))
    await until(lambda: _is(told, before + 3))
    await asyncio.sleep(0.5)
    watcher.cancel()
    await asyncio.gather(watcher, return_exceptions=True)


async def _is(question: Any, answer: int) -> bool:
    return await question() == answer


async def _two(alarms: Any) -> bool:
    return len(await alarms()) == 2
