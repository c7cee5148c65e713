"""Shadows beside champions on a live stream: what they answer, and that one that breaks costs nobody else."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
import torch
from scored import once_each

from services.fleet.artefact import Pack, digest_of, write_pack
from services.kernel import wire

pytestmark = pytest.mark.platform


async def test_shadows_score_the_same_rows(scene: Any, run: Any, good_pack: Any, make_pack: Any) -> None:
    other = make_pack(variant="other")
    await scene.upload(good_pack)
    await scene.upload(other)
    champions = [scene.model(good_pack, index) for index in range(3)]
    shadows = [[scene.model(other, index), scene.model(other, index)] for index in range(3)]
    await scene.want(champions, shadows)
    await run()
    assert (await scene.applied(1)).refused == {}
    for second in range(10):
        await scene.send(second)
    mine = await scene.scored(30)
    theirs = await scene.scored(60, wire.ROLE_SHADOW, patience=60)
    once_each(mine, 30)
    assert theirs.num_rows == 60
    assert set(theirs["version"].to_pylist()) == {str(m.version) for some in shadows for m in some}
    value = dict(zip(zip(mine["asset"].to_pylist(), mine["time"].to_pylist(), strict=True), mine["value"].to_pylist(),
                     strict=True))  # fmt: skip
    for row in theirs.select(["asset", "time", "value"]).to_pylist():
        assert row["value"] == pytest.approx(value[row["asset"], row["time"]], rel=1e-5)
    took = await all_that_took(scene)
    wanted = [*champions, *(model for some in shadows for model in some)]
    assert set(took) == {model.version for model in wanted}
    assert len({took[model.version] for model in champions}) == 1  # of one call
    assert all(0 < seconds < 5 for seconds in took.values())


async def test_a_fitted_shadow_of_a_trained_champion_takes_its_place(
    scene: Any, run: Any, good_pack: Any, fitted_pack: Any
) -> None:
    await scene.upload(good_pack)
    await scene.upload(fitted_pack)
    trained = [scene.model(good_pack, index) for index in range(3)]
    fitted = [scene.model(fitted_pack, index) for index in range(3)]
    await scene.want(trained, [[model] for model in fitted])
    await run()
    assert (await scene.applied(1)).refused == {}
    for second in range(10):
        await scene.send(second, missing=("b",) if second == 4 else ())
    await scene.scored(30)
    theirs = await scene.scored(30, wire.ROLE_SHADOW, patience=60)
    assert set(theirs["version"].to_pylist()) == {str(model.version) for model in fitted}
    assert set(theirs["route"].to_pylist()) == {wire.ROUTE_MAIN, wire.ROUTE_FALLBACK}
    await scene.want(fitted, [[model] for model in trained])
    assert (await scene.applied(2)).refused == {}
    await scene.send(10, 40)
    await scene.send(50, 20, shift=3.0)
    scores = (await scene.scored(210)).slice(30)
    once_each(scores, 180)
    assert set(scores["version"].to_pylist()) == {str(model.version) for model in fitted}
    value = scores["value"].to_numpy()
    assert np.median(value[:120]) < 1 < np.median(value[120:])
    assert all(top[0] is not None for top, one in zip(scores["top"].to_pylist(), value, strict=True) if one > 1)


@pytest.mark.parametrize("blueprint", ["trial-hangs-later", "trial-dies-later"])
async def test_a_shadow_that_breaks_in_service_costs_nobody_else(
    scene: Any, run: Any, good_pack: Any, make_pack: Any, blueprint: str
) -> None:
    broken, other = make_pack(blueprint), make_pack(variant="other")
    for pack in (good_pack, broken, other):
        await scene.upload(pack)
    champions = [scene.model(good_pack, index) for index in range(3)]
    bad, good = scene.model(broken, 0), scene.model(other, 0)
    await scene.want(champions, [[bad, good], [], []])
    await run()
    assert (await scene.applied(1)).refused == {}
    sent, refused = await until_one_is_refused(scene)
    assert list(refused) == [bad.version]
    assert "stopped while it scored as a shadow" in refused[bad.version]
    await scene.send(sent)
    sent += 1
    once_each(await scene.scored(3 * sent), 3 * sent)
    once_each(await all_of_version(scene, good, sent), sent)


async def test_of_packs_that_share_a_shelf_only_the_one_that_breaks_is_stopped(
    scene: Any, run: Any, good_pack: Any, make_pack: Any
) -> None:
    sound, broken = (marked(make_pack("trial-marked"), mark) for mark in (0.0, 1.0))
    for pack in (good_pack, sound, broken):
        await scene.upload(pack)
    champions = [scene.model(good_pack, index) for index in range(3)]
    bad, good = scene.model(broken, 0), [scene.model(sound, index) for index in (1, 2)]
    await scene.want(champions, [[bad], *([model] for model in good)])
    await run()
    assert (await scene.applied(1)).refused == {}
    sent, refused = await until_one_is_refused(scene)
    assert list(refused) == [bad.version]
    once_each(await scene.scored(3 * sent), 3 * sent)
    for model in good:
        once_each(await all_of_version(scene, model, sent), sent)


async def test_of_packs_that_share_a_shelf_only_the_one_that_raises_has_no_scores(
    scene: Any, run: Any, good_pack: Any, make_pack: Any
) -> None:
    sound, broken = (marked(make_pack("trial-marked"), mark) for mark in (0.0, 2.0))
    for pack in (good_pack, sound, broken):
        await scene.upload(pack)
    bad, good = scene.model(broken, 0), scene.model(sound, 1)
    await scene.want([scene.model(good_pack, index) for index in range(3)], [[bad], [good], []])
    await run()
    assert (await scene.applied(1)).refused == {}
    async with asyncio.timeout(60):
        for second in range(1_000):
            await scene.send(second)
            await scene.scored(3 * (second + 1))
            theirs = [await all_of_version(scene, model, second + 1) for model in (bad, good)]
            newest = [scores["value"].to_pylist()[-1] for scores in theirs]
            if newest[0] is None and newest[1] is not None:  # before, both answered, and then neither
                break
            await asyncio.sleep(0.05)
    assert len(theirs[0]) == len(theirs[1]) == second + 1


async def all_that_took(scene: Any) -> dict[UUID, float]:
    """How long scoring takes, by version, once the cluster has told."""
    async with asyncio.timeout(30):
        while not (state := await scene.applied(scene.generation)).took:
            await asyncio.sleep(0.1)
    return state.took


async def until_one_is_refused(scene: Any) -> tuple[int, dict[UUID, str]]:
    """Sends a second after the other until a shadow was stopped; how many, and why it was."""
    sent, broke = 0, asyncio.create_task(scene.applied(1, refused=1, patience=120))
    while not broke.done():
        await scene.send(sent)
        sent += 1
        await asyncio.sleep(0.2)
    return sent, (await broke).refused


def marked(pack: Pack, mark: float) -> Pack:
    """The pack with one more weight that says how to fare in service."""
    weight = {"mark": torch.full((len(pack),), mark)}
    changed = replace(pack, main={**pack.main, **weight}, fallback={**pack.fallback, **weight})
    return replace(changed, digest=digest_of(write_pack(changed)))


async def all_of_version(scene: Any, model: Any, rows: int) -> pa.Table:
    """What one shadow has scored, when that is so many rows."""
    async with asyncio.timeout(60):
        while (scores := await of_version(scene, model)).num_rows < rows:
            await asyncio.sleep(0.2)
    return scores


async def of_version(scene: Any, model: Any) -> pa.Table:
    """What one shadow has scored so far."""
    scores = await scene.scores()
    mine = (scores["version"].to_numpy() == str(model.version)) & (scores["role"].to_numpy() == wire.ROLE_SHADOW)
    return scores.filter(pa.array(mine))
