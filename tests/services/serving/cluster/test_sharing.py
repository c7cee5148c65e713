"""Several scorers share the assets: every row has one answer, that of a scorer alone, however their number changes."""

import asyncio
import itertools
from dataclasses import replace
from typing import Any

import pytest
from scored import by_row, same, undisturbed

from services.kernel import subjects
from services.kernel.ids import new_id
from services.serving.cluster.layout import owners
from services.serving.cluster.messages import WantedState
from services.serving.jobs import share

pytestmark = pytest.mark.platform
GENERATIONS = itertools.count(1_000)


async def change(scene: Any, state: WantedState, scorers: int) -> WantedState:
    """As the platform does it when the setting has changed. Generations are new to the tenant's stream, which drops a
    change whose id it has seen in another test."""
    scene.generation = next(GENERATIONS)
    state = await share(scene.js, replace(state, generation=scene.generation), scorers)
    await scene.js.publish(subjects.SERVE_WANTED, state.encode())
    return state


def spread(scene: Any, scorers: int) -> None:
    """Gives the scene assets that are not all one scorer's."""
    while len(set(owners([str(asset) for asset in scene.assets], scorers))) < scorers:
        scene.assets = [new_id() for _ in scene.assets]


async def test_scorers_come_and_go_under_a_live_stream(scene: Any, run: Any, recent_pack: Any) -> None:
    spread(scene, 3)
    await scene.upload(recent_pack)
    champions = [scene.model(recent_pack, index) for index in range(3)]
    state = await scene.want(champions)
    scorers = [await run()]
    await scene.applied(1)
    sequences: list[int] = []

    async def live(rows: int) -> None:
        for _ in range(rows):
            second = len(sequences)
            sequences.append(await scene.send(second, missing=("b",) if second % 9 == 0 else ()))
            await asyncio.sleep(0.003)

    await live(15)
    state = await change(scene, state, 3)
    assert (state.scorers, state.running) == (3, 3)
    await live(15)
    scorers += [await run(1), await run(2)]
    await live(15)
    state = await change(scene, state, 2)
    assert (state.scorers, state.running) == (2, 3)  # the third has its assets yet
    await live(15)
    scores = await scene.scored(3 * len(sequences))
    same(by_row([scores]), by_row(await undisturbed(scene, recent_pack, champions, sequences)))
    assert [one.loop.scorers for one in scorers] == [2, 2, 2]
    assert all(one.loop.rows_out for one in scorers)
    assert sum(one.loop.rows_out for one in scorers) == 3 * len(sequences)
    state = await change(scene, state, 2)
    assert (state.scorers, state.running) == (2, 2)
    consumers = {info.name for info in await scene.js.consumers_info(subjects.READINGS_STREAM)}
    assert {"scorer", "scorer-1"} <= consumers
    assert "scorer-2" not in consumers


async def test_a_scorer_that_falls_while_their_number_changes_costs_no_row(
    scene: Any, run: Any, recent_pack: Any
) -> None:
    spread(scene, 2)
    await scene.upload(recent_pack)
    champions = [scene.model(recent_pack, index) for index in range(3)]
    state = await scene.want(champions)
    first = await run()
    await scene.applied(1)
    sequences = [await scene.send(second) for second in range(10)]
    await scene.scored(30)
    await first.stop()
    await change(scene, state, 2)
    second = await run(1)  # waits for what the first one hands over
    sequences += [await scene.send(second) for second in range(10, 20)]
    await asyncio.sleep(0.5)
    assert (await scene.scores()).num_rows == 30
    await second.stop()
    for number in (1, 0):
        await run(number)
    sequences += [await scene.send(second) for second in range(20, 30)]
    scores = await scene.scored(90)
    same(by_row([scores]), by_row(await undisturbed(scene, recent_pack, champions, sequences)))


async def test_a_node_lost_in_mid_stream_costs_no_row(scene: Any, serving: Any, recent_pack: Any) -> None:
    spread(scene, 2)
    await scene.upload(recent_pack)
    champions = [scene.model(recent_pack, index) for index in range(3)]
    state = await scene.want(champions)
    await change(scene, state, 2)
    sequences = [await scene.send(second) for second in range(10)]
    await scene.scored(30, patience=150)  # until Ray and both scorers are up
    assert any("FleetScorer" in worker for worker in serving.on_node(1))
    for second in range(10, 50):
        sequences.append(await scene.send(second))
        if second == 20:
            serving.kill_node(1)
        await asyncio.sleep(0.02)
    scores = await scene.scored(3 * len(sequences), patience=150)
    same(by_row([scores]), by_row(await undisturbed(scene, recent_pack, champions, sequences)))
