"""Looks at pumps in a real history and database."""

import asyncio
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from drift_plant import A_DAY, NOW, START, DriftPlant, answered, last_day, made, promoted, pump
from sqlmodel import col, select
from statements import statements

from services.drift import api, jobs
from services.drift.contracts import AssetDrift, DriftOrder, DriftState, Finding
from services.kernel.tables import OutboxRow
from services.registry import api as registry
from services.registry.contracts import Alias

pytestmark = pytest.mark.platform

SOUND, SHIFTED, FAHRENHEIT, DEAD, GONE = range(5)
NAN = np.full(A_DAY, np.nan)
HOUR = 1.1


@pytest.fixture(scope="module")
async def plant(platform: Any, principal: Any) -> DriftPlant:
    pumps = [pump(seed) for seed in range(5)]
    return await made(
        platform.platform,
        principal,
        [
            pumps[SOUND],
            last_day(pumps[SHIFTED], flow=lambda flow: flow + 3),
            last_day(pumps[FAHRENHEIT], temperature=lambda celsius: 1.8 * celsius + 32),
            last_day(pumps[DEAD], flow=10.0, temperature=NAN),
            last_day(pumps[GONE], flow=NAN, temperature=NAN, valve=NAN),
        ],
    )


async def found(plant: DriftPlant) -> list[AssetDrift]:
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        drifts = await api.drift_of(uow, plant.principal, plant.assets)
    return [drifts[id_] for id_ in plant.assets if id_ in drifts]


async def told(plant: DriftPlant) -> list[tuple[str, list[str]]]:
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        news = select(OutboxRow).where(col(OutboxRow.name).startswith("drift.")).order_by(col(OutboxRow.sequence))
        return [(row.name, row.payload["asset_ids"]) for row in await uow.session.exec(news)]


def state(drift: AssetDrift) -> dict[str, tuple[str, str]]:
    return {one.signal: (one.state.value, one.finding.value) for one in drift.signals}


async def test_two_looks_make_a_drift_and_dead_columns_are_silent(plant: DriftPlant) -> None:
    assert await found(plant) == []
    assert await plant.look() == 5
    assert await plant.look() == 0  # not due for an hour
    first = await found(plant)
    assert [one.drifting for one in first] == [0] * 5
    assert state(first[SHIFTED])["flow"] == ("sound", "shifted")
    assert first[SHIFTED].signals[0].sentence.endswith(" That is once; at two looks in a row it is drift.")
    assert await told(plant) == []

    assert await plant.look(HOUR) == 5
    sound, shifted, fahrenheit, dead, gone = await found(plant)
    silent_valve = {"valve": ("silent", "never_moved")}
    assert state(sound) == {"flow": ("sound", "alike"), "temperature": ("sound", "alike")} | silent_valve
    assert state(shifted) == {"flow": ("drift", "shifted"), "temperature": ("sound", "alike")} | silent_valve
    assert state(fahrenheit) == {"temperature": ("drift", "unit"), "flow": ("sound", "alike")} | silent_valve
    assert state(dead) == {"flow": ("silent", "still"), "temperature": ("silent", "missing")} | silent_valve
    assert state(gone) == dict.fromkeys(("flow", "temperature", "valve"), ("silent", "missing"))
    assert [one.score.finding for one in (sound, dead) if one.score] == [Finding.WAITING] * 2

    [flow, *_] = shifted.signals
    assert flow.figure == pytest.approx(3.0, abs=0.3)
    assert flow.limit is not None
    assert flow.before is not None
    assert flow.now is not None
    assert 0.25 <= flow.limit < 0.6
    assert (flow.since, flow.rows, flow.unit) == (shifted.looked_at, A_DAY, None)
    assert flow.sentence == (
        f"Its median went from {flow.before.median:.4g} to {flow.now.median:.4g}, {flow.figure:.2f} spreads from "
        f"before, where {flow.limit:.2f} are usual."
    )
    assert fahrenheit.signals[0].unit == "°C→°F"
    assert shifted.worst == pytest.approx(flow.figure / flow.limit)
    assert (shifted.drifting, shifted.score_drifts, shifted.looks, shifted.rows) == (1, False, 1, A_DAY)
    assert (shifted.reference_start, shifted.reference_end) == (START, NOW - timedelta(days=1))
    assert shifted.end - shifted.start == timedelta(days=1)
    drifting = [str(id_) for id_ in sorted((plant.assets[SHIFTED], plant.assets[FAHRENHEIT]))]
    assert await told(plant) == [("drift.found", drifting)]


async def test_a_drift_stays_until_it_is_well_below_its_limit(plant: DriftPlant) -> None:
    before = (await found(plant))[SHIFTED]
    assert await plant.look(2 * HOUR) == 5
    after = (await found(plant))[SHIFTED]
    assert (after.since, after.looks, after.signals[0].since) == (before.since, 2, before.signals[0].since)
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        held = await api.held_drifts(uow, plant.principal, 2, START)
        assert {one.asset_id for one in held} == {plant.assets[SHIFTED], plant.assets[FAHRENHEIT]}
        assert await api.held_drifts(uow, plant.principal, 3, START) == []
        assert await api.held_drifts(uow, plant.principal, 2, after.looked_at) == []


async def test_the_list_is_by_figure_or_by_time_and_in_pages(plant: DriftPlant) -> None:
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        listed = await api.list_drifting(uow, plant.principal)
        assert [one.asset_id for one in listed] == [plant.assets[FAHRENHEIT], plant.assets[SHIFTED]]
        key = (listed[0].worst, listed[0].asset_id)
        assert await api.list_drifting(uow, plant.principal, first=1, after=key) == listed[1:]
        by_time = await api.list_drifting(uow, plant.principal, DriftOrder.SINCE)
        assert {one.asset_id for one in by_time} == {one.asset_id for one in listed}
        assert await api.list_drifting(uow, plant.principal, signal="flow") == listed[1:]
        assert await api.list_drifting(uow, plant.principal, signal="score") == []


async def test_statements_are_as_many_for_five_as_for_one(plant: DriftPlant) -> None:
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        with statements(plant.platform.database) as of_one:
            await api.drift_of(uow, plant.principal, plant.assets[:1])
        with statements(plant.platform.database) as of_five:
            await api.drift_of(uow, plant.principal, plant.assets)
    assert len(of_one) == len(of_five) == 2


async def test_a_new_champion_begins_anew(plant: DriftPlant) -> None:
    async with plant.platform.database.unit(plant.principal.tenant) as uow:
        await promoted(uow, plant.principal, plant.contract_id, [plant.assets[SHIFTED]])
        await uow.commit()
    await plant.look(3 * HOUR)
    [_, shifted, *_] = await found(plant)
    assert (shifted.drifting, shifted.since, shifted.looks) == (0, None, 0)
    assert shifted.signals[0].state is DriftState.SOUND
    assert (await told(plant))[-1] == ("drift.cleared", [str(plant.assets[SHIFTED])])
    await plant.look(4 * HOUR)
    assert (await told(plant))[-1] == ("drift.found", [str(plant.assets[SHIFTED])])


async def test_scores_are_compared_with_the_first_blocks_in_production(platform: Any, principal: Any) -> None:
    plant = await made(platform.platform, principal, [pump(7), pump(8)])
    since, draws = NOW - timedelta(days=16), np.random.default_rng(1)
    for number, shift in ((0, 0.0), (1, 0.4)):
        values = draws.normal(0.5, 0.1, 16 * A_DAY)
        values[-A_DAY:] += shift
        await answered(plant, number, since, values)
    await plant.look(10 * HOUR)
    await plant.look(11 * HOUR)
    sound, high = await found(plant)
    assert [(one.score.state.value, one.score.finding.value) for one in (sound, high) if one.score] == [
        ("sound", "alike"), ("drift", "shifted"),
    ]  # fmt: skip
    assert (high.drifting, high.score_drifts, high.looks, high.worst > 1) == (0, True, 0, True)
    assert (sound.score_drifts, sound.worst) == (False, 0)


async def test_of_two_workers_that_look_at_once_one_is_heard(platform: Any, principal: Any) -> None:
    plant = await made(platform.platform, principal, [last_day(pump(9), flow=lambda flow: flow + 3)])
    await asyncio.gather(*(plant.look(20 * HOUR) for _ in range(3)))
    [one] = await found(plant)
    assert (one.drifting, state(one)["flow"]) == (0, ("sound", "shifted"))


async def test_without_a_champion_nothing_is_kept(
    platform: Any, principal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = await made(platform.platform, principal, [pump(10)])
    monkeypatch.setattr(jobs, "PAUSE_S", 0.05)
    watching = asyncio.create_task(jobs.watch(platform.platform, principal.tenant))
    async with asyncio.timeout(30):
        while not await found(plant):
            await asyncio.sleep(0.05)
        async with platform.platform.database.unit(principal.tenant) as uow:
            await registry.clear_aliases(uow, principal, plant.champions, Alias.CHAMPION)
            await uow.commit()
        while await found(plant):
            await asyncio.sleep(0.05)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
