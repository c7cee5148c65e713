"""A courier brings every notice in order, whatever its destination does."""

import asyncio
from datetime import datetime, timedelta
from itertools import count
from time import monotonic

import pytest
from notices import MINUTE, NOON, numbered

from andon_sdk.destination import DestinationUnavailable, Notice, SettingsRefused, Undeliverable
from andon_sdk.edge.outward.courier import Courier, Limits
from andon_sdk.edge.outward.waiting import Waiting


class Tray:
    """Keeps what it is given; `troubles` are raised one after the other, None lets a notice through."""

    def __init__(self, *troubles: Exception | None, shut: Exception | None = None) -> None:
        self.given = list[Notice]()
        self.opened = self.closed = 0
        self._troubles, self._shut = list(troubles), shut

    async def open(self) -> None:
        self.opened += 1
        if self._shut:
            raise self._shut

    async def deliver(self, notice: Notice) -> None:
        if self._troubles and (trouble := self._troubles.pop(0)):
            raise trouble
        self.given.append(notice)

    async def close(self) -> None:
        self.closed += 1


class Hangs(Tray):
    async def deliver(self, notice: Notice) -> None:
        if self.opened == 1:
            await asyncio.Event().wait()
        await super().deliver(notice)


@pytest.fixture
def made(tmp_path):
    def make(sink: Tray, limits: Limits | None = None, patience: timedelta = timedelta()) -> Courier:
        waiting = Waiting(tmp_path, patience)
        for notice in numbered(4):
            waiting.put(notice, NOON)
        return Courier("lights", sink, waiting, lambda: NOON + 5 * MINUTE, limits, pauses_s=(0.001,))

    return make


async def emptied(courier: Courier) -> None:
    """Runs it until nothing waits."""
    task = asyncio.create_task(courier.run())
    for _ in count():
        if task.done() or not len(courier.waiting):
            break
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_all_in_order_by_one_opening(made):
    sink = Tray()
    courier = made(sink)
    await emptied(courier)
    assert (sink.given, sink.opened, sink.closed) == (numbered(4), 1, 1)
    health = courier.health
    assert (health.delivered, health.refused, health.since, health.last_at) == (4, 0, None, NOON + 5 * MINUTE)


async def test_unavailable_is_tried_again_and_nothing_overtakes(made):
    sink = Tray(None, DestinationUnavailable("the broker is away"), DestinationUnavailable("still"), None)
    courier = made(sink)
    await emptied(courier)
    assert (sink.given, sink.opened) == (numbered(4), 3)
    assert (courier.health.delivered, courier.health.reason, courier.health.since) == (4, "", None)


async def test_undeliverable_is_put_aside_and_the_next_goes(made):
    sink = Tray(None, Undeliverable("the table has no such column"))
    courier = made(sink)
    await emptied(courier)
    assert sink.given == [numbered(4)[each] for each in (0, 2, 3)]
    assert [reason for _, reason in courier.waiting.refusals()] == ["the table has no such column"]
    assert (courier.health.delivered, courier.health.refused) == (3, 1)


async def test_a_defective_destination_is_named_and_the_next_goes(made):
    sink = Tray(*(ZeroDivisionError("division by zero") for _ in range(3)))
    courier = made(sink)
    await emptied(courier)
    assert sink.given == numbered(4)[1:]
    [(_, reason)] = courier.waiting.refusals()
    assert reason == "the destination is defective: ZeroDivisionError('division by zero')"


async def test_one_that_hangs_is_opened_anew(made):
    sink = Hangs()
    await emptied(made(sink, Limits(answer_s=0.05)))
    assert (sink.given, sink.opened) == (numbered(4), 2)


async def test_what_waited_too_long_is_put_aside(made):
    sink = Tray()
    courier = made(sink, Limits(keep=timedelta(minutes=3)))
    courier.waiting.put(numbered(5)[4], NOON + 4 * MINUTE)
    await emptied(courier)
    assert sink.given == numbered(5)[4:]
    reasons = {reason for _, reason in courier.waiting.refusals()}
    assert reasons == {"could not be delivered within 0:03:00: the edge was not running"}


async def test_refused_settings_end_it_and_what_waits_stays(made):
    sink = Tray(shut=SettingsRefused("there is no node ns=2;s=Light"))
    courier = made(sink)
    await courier.run()
    assert (sink.given, len(courier.waiting)) == ([], 4)
    assert (courier.health.stopped, courier.health.reason) == (True, "there is no node ns=2;s=Light")


async def test_it_wakes_when_a_call_may_go(tmp_path):
    begun = monotonic()

    def now() -> datetime:
        return NOON + timedelta(seconds=monotonic() - begun)

    sink, waiting = Tray(), Waiting(tmp_path, timedelta(seconds=0.05))
    waiting.put(numbered(1)[0], NOON)
    await emptied(Courier("lights", sink, waiting, now))
    assert sink.given == numbered(1)
    assert monotonic() - begun >= 0.05


async def test_it_wakes_for_news(made):
    sink = Tray()
    courier = made(sink)
    await emptied(courier)
    task = asyncio.create_task(courier.run())
    await asyncio.sleep(0.01)
    courier.waiting.put(numbered(5)[4], NOON)
    courier.wake()
    while len(sink.given) < 5:
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert sink.given == numbered(5)
