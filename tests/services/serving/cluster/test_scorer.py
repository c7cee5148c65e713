"""Swap, broken candidates, shadows, outages and restarts, on a live stream."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mapped import mapped_packs
from scored import once_each

from services.kernel import subjects, wire

pytestmark = pytest.mark.platform
START = datetime(2026, 1, 1, tzinfo=UTC)


async def test_rows_in_are_scores_out(scene: Any, run: Any, good_pack: Any) -> None:
    await scene.upload(good_pack)
    champions = [scene.model(good_pack, index) for index in range(3)]
    await scene.want(champions)
    running = await run()
    assert (await scene.applied(1)).refused == {}
    sequences = [await scene.send(second, 10) for second in range(0, 50, 10)]
    scores = await scene.scored(150)
    once_each(scores, 150)
    assert sorted(set(scores["sequence"].to_pylist())) == sequences
    by_asset = dict(zip(scores["asset"].to_pylist(), scores["version"].to_pylist(), strict=True))
    assert by_asset == {str(a): str(m.version) for a, m in zip(scene.assets, champions, strict=True)}
    assert set(scores["route"].to_pylist()) == {wire.ROUTE_MAIN}
    assert np.median(scores["value"].to_numpy()) < 1
    assert running.loop.rows_in == running.loop.rows_out == 150
    normal = [top for top, value in zip(scores["top"].to_pylist(), scores["value"].to_pylist(), strict=True)
              if value <= 1]  # fmt: skip
    assert normal
    assert all(top == [None, None, None] for top in normal)


async def test_every_row_is_answered_whatever_is_missing(scene: Any, run: Any, good_pack: Any) -> None:
    await scene.upload(good_pack)
    await scene.want([scene.model(good_pack, index) for index in range(3)])
    await run()
    await scene.applied(1)
    for second, missing in enumerate([(), ("b",), ("b", "c", "d"), ("a",), ("a", "b", "c", "d")]):
        await scene.send(second, missing=missing)
    scores = await scene.scored(15)
    once_each(scores, 15)
    routes = np.array(scores["route"].to_pylist()).reshape(5, 3)
    assert routes.tolist() == [[0] * 3, [1] * 3, [1] * 3, [2] * 3, [2] * 3]
    assert scores["missing"].to_pylist()[3:9] == [[1]] * 3 + [[1, 2, 3]] * 3
    assert scores["value"].null_count == 6
    assert scores["coverage"].to_pylist()[:4] == [1.0, 1.0, 1.0, 0.75]


async def test_rows_of_assets_without_a_model_have_no_score(scene: Any, run: Any, good_pack: Any) -> None:
    await scene.upload(good_pack)
    await scene.want([scene.model(good_pack, 0)])
    running = await run()
    await scene.applied(1)
    await scene.send(0, 5)
    scores = await scene.scored(5)
    assert set(scores["asset"].to_pylist()) == {str(scene.assets[0])}
    assert (running.loop.rows_in, running.loop.rows_out) == (15, 5)


async def test_twenty_swaps_under_a_live_stream_miss_and_double_nothing(scene: Any, run: Any, make_pack: Any) -> None:
    packs = [make_pack(variant=number) for number in range(2)]
    for pack in packs:
        await scene.upload(pack)
    sides = [[scene.model(pack, index) for index in range(3)] for pack in packs]
    await scene.want(sides[0])
    await run()
    await scene.applied(1)
    sent, stop = 0, asyncio.Event()

    async def live() -> None:
        nonlocal sent
        while not stop.is_set():
            await scene.send(sent)
            sent += 1
            await asyncio.sleep(0.005)

    stream = asyncio.create_task(live())
    for number in range(1, 21):
        await scene.want(sides[number % 2])
        await scene.applied(number + 1)
        await asyncio.sleep(0.05)
    stop.set()
    await stream
    scores = await scene.scored(3 * sent)
    once_each(scores, 3 * sent)
    assert scores["value"].null_count == 0
    versions = scores["version"].to_numpy()[scores["asset"].to_numpy() == str(scene.assets[0])]
    assert set(versions) == {str(side[0].version) for side in sides}
    assert (versions[1:] != versions[:-1]).sum() == 20
    places = scores["place"].to_numpy()
    assert (np.diff(places) >= 0).all()
    assert await mapped_packs(Path(scene.settings.scratch)) == {packs[0].digest}
    assert os.listdir(scene.settings.scratch) == [packs[0].digest]


async def test_one_model_is_replaced_and_rolled_back_and_its_pack_stays_as_it_is(
    scene: Any, run: Any, good_pack: Any, make_pack: Any
) -> None:
    other = make_pack(variant="other")
    await scene.upload(good_pack)
    champions = [scene.model(good_pack, index) for index in range(3)]
    await run()
    await scene.want(champions)
    await scene.applied(1)
    await scene.send(0)
    await scene.scored(3)
    await scene.upload(other)
    replaced = [champions[0], scene.model(other, 1), champions[2]]
    for generation, wanted in ((2, replaced), (3, champions)):
        await scene.want(wanted)
        assert (await scene.applied(generation)).refused == {}
        await scene.send(generation - 1)
        await scene.scored(3 * generation)
    scores = await scene.scored(9)
    answered = dict(zip(zip(scores["time"].to_pylist(), scores["asset"].to_pylist(), strict=True),
                        scores["version"].to_pylist(), strict=True))  # fmt: skip
    assert answered == {
        (START + timedelta(seconds=second), str(asset)): str(model.version)
        for second, wanted in enumerate((champions, replaced, champions))
        for asset, model in zip(scene.assets, wanted, strict=True)
    }
    assert await mapped_packs(Path(scene.settings.scratch)) == {good_pack.digest}


@pytest.mark.parametrize(
    ("blueprint", "word"),
    [
        ("trial-raises", "the partner's module is broken"),
        ("trial-narrow", "cannot be stacked"),
        ("trial-nan", "no number"),
        ("trial-hangs", "took too long"),
        ("nobody-offers", "No plugin installed here"),
    ],
)
async def test_a_broken_candidate_never_answers(
    scene: Any, run: Any, good_pack: Any, make_pack: Any, blueprint: str, word: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr("services.serving.cluster.rehearsal.PACK_S", 4.0)
    broken = make_pack(blueprint)
    await scene.upload(good_pack)
    await scene.upload(broken)
    good = [scene.model(good_pack, index) for index in range(3)]
    await scene.want(good)
    await run()
    await scene.applied(1)
    await scene.send(0)
    bad = scene.model(broken, 0)
    await scene.want([bad, *good[1:]])
    refused = (await scene.applied(2)).refused
    assert list(refused) == [bad.version]
    assert word in refused[bad.version]
    await scene.send(1)
    scores = await scene.scored(6)
    assert set(scores["version"].to_pylist()) == {str(model.version) for model in good}


async def test_a_pack_of_another_environment_is_refused(scene: Any, run: Any, make_pack: Any) -> None:
    old, other = make_pack(environment={"torch": "1.9.0"}), make_pack(plugin={"name": "x", "digest": "0" * 64})
    for pack in (old, other):
        await scene.upload(pack)
    champions = [scene.model(old, 0), scene.model(other, 1)]
    await scene.want(champions)
    await run()
    refused = (await scene.applied(1)).refused
    assert refused[champions[0].version].startswith("It was made with torch 1.9.0; ")
    assert refused[champions[0].version].endswith('Train it again, or on the host: pip install "torch==1.9.0"')
    assert refused[champions[1].version] == (
        "The files of andon-trial are not those that made it: its code may compute otherwise. Train it again."
    )


async def test_a_changed_artefact_is_refused(scene: Any, run: Any, good_pack: Any, make_pack: Any) -> None:
    from dataclasses import replace

    lying = replace(good_pack, digest="0" * 64)
    await scene.upload(lying)
    absent = replace(good_pack, digest="1" * 64)
    champions = [scene.model(lying, 0), scene.model(absent, 1), scene.model(make_pack(), 99)]
    await scene.upload(make_pack())
    await scene.want(champions)
    await run()
    refused = (await scene.applied(1)).refused
    assert "the manifest is not the one of 0000" in refused[champions[0].version]
    assert "is missing" in refused[champions[1].version]
    assert refused[champions[2].version] == "The pack has 3 models, none at 99."


async def test_a_refused_champion_leaves_the_one_before_in_a_cluster_just_started(
    scene: Any, run: Any, good_pack: Any, make_pack: Any
) -> None:
    broken = make_pack("trial-raises")
    await scene.upload(good_pack)
    await scene.upload(broken)
    before = [scene.model(good_pack, index) for index in range(3)]
    await scene.want([scene.model(broken, index) for index in range(3)], previous=before)
    await run()
    assert len((await scene.applied(1)).refused) == 3
    await scene.send(0)
    scores = await scene.scored(3)
    assert set(scores["version"].to_pylist()) == {str(model.version) for model in before}


async def test_a_scorer_that_died_is_followed_without_gap_or_doubles(scene: Any, run: Any, good_pack: Any) -> None:
    await scene.upload(good_pack)
    champions = [scene.model(good_pack, index) for index in range(3)]
    await scene.want(champions)
    first = await run()
    await scene.applied(1)
    for second in range(20):
        await scene.send(second, missing=("b",) if second == 19 else ())
    await scene.scored(60)
    await first.stop()
    for second in range(20, 40):
        await scene.send(second)
    await run()
    scores = await scene.scored(120)
    once_each(scores, 120)
    # what it remembered: the signal that was missing in row 19 is trusted again five rows later, not at once
    routes = {row["time"].second: row["route"] for row in scores.select(["time", "route"]).to_pylist()}
    assert [routes[second] for second in range(18, 26)] == [0, 1, 1, 1, 1, 1, 0, 0]


async def test_a_redelivered_message_is_not_doubled(scene: Any, run: Any, good_pack: Any, monkeypatch: Any) -> None:
    from nats.aio.msg import Msg

    await scene.upload(good_pack)
    await scene.want([scene.model(good_pack, index) for index in range(3)])

    async def lost(self: Msg) -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(Msg, "ack", lost)
        first = await run()
        await scene.applied(1)
        await scene.send(0)
        await scene.scored(3)
        await first.stop()
    await run()
    await scene.send(1)
    once_each(await scene.scored(6), 6)
    async with asyncio.timeout(20):
        while (await scene.js.consumer_info(subjects.READINGS_STREAM, "scorer")).num_ack_pending:
            await asyncio.sleep(0.1)
    once_each(await scene.scores(), 6)


async def test_request_and_response_gives_the_streams_next_answer(scene: Any, run: Any, good_pack: Any) -> None:
    await scene.upload(good_pack)
    await scene.want([scene.model(good_pack, index) for index in range(3)])
    running = await run()
    await scene.applied(1)
    await scene.send(0, 20)
    await scene.scored(60)
    sequence = await scene.send(20)
    raw = await scene.js.get_msg(subjects.READINGS_STREAM, seq=sequence, direct=True)
    streamed = await scene.scored(63)
    batch = wire.decode(raw.data)
    asked = await running.loop.ask(scene.contract.id, batch)
    assert asked.num_rows == 3
    again = await running.loop.ask(scene.contract.id, batch)
    assert again.equals(asked)
    assert all(row[0] is not None for row in asked.column("top").to_pylist())
    assert asked.column("raw").to_pylist() == streamed["raw"].to_pylist()[-3:]


async def test_rows_in_hand_of_a_scorer_that_died_are_scored_at_once_and_in_order(
    scene: Any, run: Any, good_pack: Any, monkeypatch: Any
) -> None:
    await scene.upload(good_pack)
    await scene.send(-5)  # before anything was wanted: nobody asks for its score
    await scene.js.delete_consumer(subjects.READINGS_STREAM, "scorer")
    await scene.keep_consumer("scorer")
    await scene.want([scene.model(good_pack, index) for index in range(3)])
    with monkeypatch.context() as patch:
        dead = asyncio.Event()

        async def dies(self: Any, blocks: Any) -> None:
            dead.set()
            await asyncio.sleep(3600)

        patch.setattr("services.serving.cluster.loop.ScoreLoop._answer", dies)
        first = await run()
        await scene.applied(1)
        for second in range(5):
            await scene.send(second)
        await dead.wait()
        await first.stop()
    for second in range(5, 10):
        await scene.send(second)
    await run()
    scores = await scene.scored(30)
    once_each(scores, 30)
    order = scores["sequence"].to_pylist()
    assert order == sorted(order)


async def test_a_full_scores_stream_is_waited_for(scene: Any, run: Any, good_pack: Any) -> None:
    await scene.upload(good_pack)
    await scene.want([scene.model(good_pack, index) for index in range(3)])
    await run()
    await scene.applied(1)
    await scene.send(0)
    before = await scene.scored(3)
    info = await scene.js.stream_info(subjects.SCORES_STREAM)
    limited = replace(info.config, max_bytes=int(2.5 * info.state.bytes))
    await scene.js.update_stream(limited)
    try:
        for second in range(1, 8):
            await scene.send(second)
        before = await scene.scored(6)
        await asyncio.sleep(1.5)
        assert (await scene.scores()).num_rows == 6
        await scene.js.purge_stream(subjects.SCORES_STREAM, seq=info.state.last_seq + 2)
        between = await scene.scored(6)
        await asyncio.sleep(1.0)
        await scene.js.update_stream(info.config)
        after = await scene.scored(18)
    finally:
        await scene.js.update_stream(info.config)
    assert between.num_rows == 6
    assert sorted(before["time"].to_pylist() + after["time"].to_pylist()) == [
        START + timedelta(seconds=second) for second in range(8) for _ in range(3)
    ]
    async with asyncio.timeout(20):
        while (await scene.js.consumer_info(subjects.READINGS_STREAM, "scorer")).num_ack_pending:
            await asyncio.sleep(0.1)


async def test_a_scorer_goes_on_behind_readings_that_were_purged_before_it_had_them(
    scene: Any, run: Any, good_pack: Any
) -> None:
    await scene.upload(good_pack)
    await scene.want([scene.model(good_pack, index) for index in range(3)])
    first = await run()
    await scene.applied(1)
    await scene.send(0)
    await scene.scored(3)
    await first.stop()
    sequences = [await scene.send(second) for second in range(1, 20)]
    await scene.js.purge_stream(subjects.READINGS_STREAM, seq=sequences[9])
    await run()
    scores = await scene.scored(33)
    assert sorted(scores["time"].to_pylist()) == [
        START + timedelta(seconds=second) for second in (0, *range(10, 20)) for _ in range(3)
    ]
