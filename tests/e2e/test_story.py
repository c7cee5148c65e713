"""The story of the product, told through the public API on simulated drills whose truth is known.

A plant is taught, streams with failing sensors, and warns weeks before a drill stops; its part is replaced; an operator
retrains, reads the gates, watches the shadow, promotes under the live stream, and takes it back.
"""

from collections import Counter
from datetime import datetime, timedelta
from threading import Event, Thread

import polars as pl
import pytest
from andon_laser_drill.contract import LASER_DRILL
from andon_laser_drill.life import DAY
from drills import TAUGHT_DAYS, Plant, alarms, challenger, promote, settled, train, until, watch

from andon_sdk.plugin import Importance
from services.training.gates import TITLES

pytestmark = [pytest.mark.platform, pytest.mark.cluster, pytest.mark.alone]

WORN = "drill-01"
LEARNT_DAYS = 8.0
SHADOWED_DAYS = 2.0
STEP_DAYS = 0.02
"""Lived about every fifth of a second while promotions are made."""
ESSENTIAL = {signal.key for signal in LASER_DRILL.signals if signal.importance is Importance.ESSENTIAL}


@pytest.fixture(scope="module")
def plant(taught) -> Plant:
    return taught.plant


@pytest.fixture(scope="module")
def stop(plant) -> float:
    """Day on which the worn drill stops."""
    return float(plant.simulation.life.stop[0, 0]) / DAY


@pytest.fixture(scope="module")
def back(plant) -> float:
    """Day on which it runs again, with a new part."""
    return float(plant.simulation.life.back[0, 0]) / DAY


def answered_or_excused(scores: pl.DataFrame) -> bool:
    """Whether each row has a value, or lost an essential signal and says so."""
    unanswered = scores.filter(pl.col("value").is_null())
    return all(ESSENTIAL & set(missing) for missing in unanswered["missing"].to_list())


def test_1_the_plant_is_taught(taught, plant):
    run = taught.run
    assert run["state"] == "SUCCEEDED", run
    gates = {gate["key"] for gate in run["gates"]}
    assert gates == {*TITLES, "laser-drill-lens-wear"}
    assert all(gate["sentence"] for gate in run["gates"])
    stopped = {gate["asset"]["key"]: gate["sentence"] for gate in run["gates"] if not gate["passed"]}
    assert WORN not in stopped, stopped
    assert len(stopped) <= 1, f"the drills are sound, at most one may be unlucky: {stopped}"
    assert taught.served == [key for key in plant.ids if key not in stopped]


def test_2_every_row_is_answered_although_sensors_fail(plant, stop):
    sent = plant.live(TAUGHT_DAYS, stop)
    served = [key for key in plant.ids if watch(plant, key)["champion"]]

    def answers() -> pl.DataFrame | None:
        found = pl.concat(plant.scores(key, TAUGHT_DAYS, stop) for key in served)
        return found if found.height >= sum(sent[key] for key in served) else None

    scores = until("a score for every row", answers)
    assert scores.height == sum(sent[key] for key in served)
    assert answered_or_excused(scores)
    lost = scores.filter(pl.col("missing").list.len() > 0)
    assert lost.height > 100, "the simulator was meant to lose sensors"
    assert set(lost["route"]) <= {"fallback", "none"}
    assert set(scores.filter(pl.col("missing").list.len() == 0)["route"]) == {"main"}
    assert (lost.filter(pl.col("route") == "fallback")["coverage"] < 1).all()


def test_3_the_warning_comes_weeks_before_the_stop(plant, stop):
    def warned() -> list[dict]:
        return alarms(plant, WORN)

    first = until("an alarm of the worn drill", warned)[0]
    warning = plant.day(stop) - datetime.fromisoformat(first["raisedAt"])
    assert timedelta(days=24) < warning < timedelta(days=32), warning
    assert len(first["top"]) > 0
    assert watch(plant, WORN)["health"]["health"] == "ALARM"
    assert watch(plant, WORN)["openCase"]["alarms"] >= 1


def test_4_a_replaced_part_ends_the_old_normal(plant, back):
    record = """
    mutation($input: RecordEventInput!) {
      recordEvent(input: $input) { __typename ... on Error { code message field } ... on Event { id } }
    }
    """
    event = {
        "assetId": plant.ids[WORN],
        "kind": "PART_REPLACED",
        "time": plant.day(back).isoformat(),
        "part": "lens",
        "note": "New lens fitted.",
    }
    plant.andon.mutate(record, input=event)
    until("the end of the old alarm", lambda: all(alarm["state"] == "CLEARED" for alarm in alarms(plant, WORN)))
    assert alarms(plant, WORN)[-1]["clearedBecause"] in {"regime_changed", "recovered"}


def test_5_an_operator_retrains_and_the_shadow_runs_beside(plant, back):
    plant.live(back, back + LEARNT_DAYS)
    champion = watch(plant, WORN)["champion"]["id"]
    run = train(plant, [WORN], back, back + LEARNT_DAYS)
    assert run["state"] == "SUCCEEDED", run
    fresh = challenger(plant, WORN)
    assert fresh not in {None, champion}

    def shadowing() -> bool:
        deployment = watch(plant, WORN)["deployment"]
        return deployment["settled"] and [each["version"]["id"] for each in deployment["shadows"]] == [fresh]

    until("the shadow", shadowing)
    since = back + LEARNT_DAYS
    sent = plant.live(since, since + SHADOWED_DAYS)[WORN]
    both = until("scores of both", lambda: _both(plant, since, 2 * sent))
    assert both.group_by("shadow").len().sort("shadow")["len"].to_list() == [sent, sent]
    until("the comparison", lambda: watch(plant, WORN)["deployment"]["shadows"][0]["comparison"]["rows"] >= sent)
    calm = both.group_by("shadow").agg((pl.col("value") > 1).mean().alias("abnormal")).sort("shadow")["abnormal"]
    assert calm[1] < calm[0], "the retrained model knows the new normal, the old one does not"


def _both(plant: Plant, since: float, expected: int) -> pl.DataFrame | None:
    found = plant.scores(WORN, since, since + SHADOWED_DAYS)
    return found if found.height >= expected else None


def test_6_promotion_and_undo_under_a_live_stream_lose_nothing(plant, back):
    since = back + LEARNT_DAYS + SHADOWED_DAYS
    before = watch(plant, WORN)["champion"]["id"]
    enough = Event()
    sent: Counter[str] = Counter()

    def stream() -> None:
        day = since
        while not enough.is_set():
            sent.update(plant.live(day, day + STEP_DAYS))
            day += STEP_DAYS
            enough.wait(0.2)

    sender = Thread(target=stream)
    sender.start()
    try:
        after = promote(plant, WORN)
        until("the promotion to be served", lambda: settled(plant, WORN))
        undo = """
        mutation($input: UndoPromotionInput!) {
          undoPromotion(input: $input) { __typename ... on Error { code message field } ... on Deployment { settled } }
        }
        """
        until("scores of the promoted version", lambda: _answers_of(plant, since, after) > 3)
        plant.andon.mutate(undo, input={"assetId": plant.ids[WORN]})
        until("the undoing to be served", lambda: settled(plant, WORN))
        assert watch(plant, WORN)["champion"]["id"] == before
    finally:
        enough.set()
        sender.join()
    served = [key for key in plant.ids if watch(plant, key)["champion"]]

    def champions() -> pl.DataFrame | None:
        found = pl.concat(plant.scores(key, since, since + 30).with_columns(asset=pl.lit(key)) for key in served)
        found = found.filter(~pl.col("shadow"))
        return found if found.height >= sum(sent[key] for key in served) else None

    answers = until("an answer for every row", champions)
    assert answers.height == sum(sent[key] for key in served)
    assert answers.select("asset", "time").is_duplicated().sum() == 0
    assert answered_or_excused(answers)
    versions = answers.filter(pl.col("asset") == WORN).sort("time")["version"]
    changes = (versions != versions.shift()).sum()
    assert changes == 2, "from the old champion to the new one and back, each at one row"


def _answers_of(plant: Plant, since: float, version: str) -> int:
    """How many rows that version has answered as champion."""
    found = plant.scores(WORN, since, since + 30)
    return found.filter(~pl.col("shadow") & (pl.col("version") == version)).height
