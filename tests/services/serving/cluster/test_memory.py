"""A scorer that starts again goes on exactly where the one before stood."""

import asyncio
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from scored import by_row, same, undisturbed

from services.fleet.score import ScoreState
from services.kernel import subjects, wire
from services.kernel.subjects import remembered_object
from services.serving.cluster.memory import Remembered


def remembered() -> Remembered:
    draw = np.random.default_rng(1)
    state = ScoreState(
        ("v1", "v2"),
        ("asset one", "asset two"),
        np.array([[1, 2, 3], [4, 5, 6]], np.int16),
        draw.normal(size=(2, 5)).astype(np.float32),
        draw.normal(size=(2, 3, 2, 3)).astype(np.float32),
    )
    return Remembered("made on Monday", 17, {(UUID(int=7), 3, "digest/0"): state})


def test_what_is_kept_is_what_is_read() -> None:
    kept = remembered()
    read = Remembered.decode(kept.encode())
    assert (read.stream, read.sequence, list(read.states)) == ("made on Monday", 17, [(UUID(int=7), 3, "digest/0")])
    [mine], [theirs] = kept.states.values(), read.states.values()
    assert (theirs.keys, theirs.assets) == (mine.keys, mine.assets)
    for name in ("since_missing", "window", "past"):
        np.testing.assert_array_equal(getattr(theirs, name), getattr(mine, name))
        assert getattr(theirs, name).dtype == getattr(mine, name).dtype


@pytest.mark.parametrize("data", [b"", b"nonsense", remembered().encode()[:300]])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not what a scorer remembers"):
        Remembered.decode(data)


@pytest.mark.platform
async def test_scores_after_falls_are_those_of_a_scorer_that_never_fell(
    scene: Any, run: Any, recent_pack: Any, monkeypatch: Any
) -> None:
    """Three falls in mid-stream. The third asset reports once before the first of them, without one signal, and again
    after the last."""
    monkeypatch.setattr("services.serving.cluster.loop.KEEP_S", 0.05)
    monkeypatch.setattr("services.serving.cluster.loop.KEEP_SHARE", 1.0)
    await scene.upload(recent_pack)
    champions = [scene.model(recent_pack, index) for index in range(3)]
    await scene.want(champions)
    running = await run()
    await scene.applied(1)
    sequences = [await scene.send(0, missing=("b",))]
    for fall in range(3):
        for second in range(1 + 20 * fall, 21 + 20 * fall):
            sequences.append(await scene.send(second, missing=("c",) if second % 7 == 0 else (), assets=2))
            await asyncio.sleep(0.005)
        await running.stop()
        running = await run()
    sequences += [await scene.send(second) for second in range(61, 64)]
    scores = await scene.scored(3 + 2 * 60 + 9)
    expected = by_row(await undisturbed(scene, recent_pack, champions, sequences))
    same(by_row([scores]), expected)
    rare = [route for (asset, _), (route, _, _) in sorted(expected.items()) if asset == str(scene.assets[2])]
    assert rare == [wire.ROUTE_FALLBACK] * 4  # the missing signal is not trusted yet, after 60 messages of others


@pytest.mark.platform
async def test_what_is_kept_needs_no_message_that_came_before(
    scene: Any, run: Any, recent_pack: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("services.serving.cluster.loop.KEEP_S", 0.0)
    await scene.upload(recent_pack)
    champions = [scene.model(recent_pack, index) for index in range(3)]
    await scene.want(champions)
    running = await run()
    await scene.applied(1)
    sequences = [await scene.send(second) for second in range(8)]
    await scene.scored(24)
    async with asyncio.timeout(10):
        while (kept := await scene.memory().last()) is None or kept.sequence < sequences[-1]:
            sequences.append(await scene.send(len(sequences)))
            await asyncio.sleep(0.02)
    await running.stop()
    later = [await scene.send(second) for second in range(1000, 1003)]
    expected = await undisturbed(scene, recent_pack, champions, [*sequences, *later])
    await scene.js.purge_stream(subjects.READINGS_STREAM, seq=later[0])
    await run()
    scores = await scene.scored(3 * len(expected))
    same(by_row([scores]), by_row(expected))


@pytest.mark.platform
async def test_what_belongs_to_another_consumer_or_cannot_be_read_is_left(scene: Any, run: Any, good_pack: Any) -> None:
    await scene.upload(good_pack)
    await scene.want([scene.model(good_pack, index) for index in range(3)])
    await scene.memory().keep(Remembered("before", 10**9, {}))
    running = await run()
    await scene.applied(1)
    await scene.send(0)
    assert (await scene.scored(3)).num_rows == 3
    await running.stop()
    place, client = remembered_object("scorer"), scene.settings.objects()
    await asyncio.to_thread(client.put_object, scene.settings.bucket, place, pa.BufferReader(b"torn"), 4)
    await run()
    await scene.send(1)
    assert (await scene.scored(6)).num_rows == 6
