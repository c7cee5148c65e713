"""Solar plants as one fleet: forecasts that beat persistence, inverters that stop named, new plants that borrow."""

from datetime import UTC, datetime

import numpy as np
import pytest
from andon_solar.contract import DAY, IRRADIANCE, POWER
from andon_solar.forecast import DAY_AHEAD, WATCH
from andon_solar.inverters import inverters_lost
from andon_solar.missing import noticed
from andon_solar.plugin import SOLAR_DAY_AHEAD, SOLAR_WATCH, gates
from andon_solar.simulation import solar_plants
from andon_solar.skill import skill
from solar_models import ESSENTIAL, EXOGENOUS, expected_power, solar_fleet

from andon_sdk.plugin import HeldOut
from services.fleet.artefact import pack_of
from services.fleet.borrow import borrow_fleet
from services.fleet.prepare import FleetRows
from services.fleet.score import FALLBACK, MAIN, Entry, Scorer

PLANTS, LEARNT, JUDGED, LOST, INVERTERS = 12, 365 * DAY, 30 * DAY, 10 * DAY, 8


@pytest.fixture(scope="module")
def life():
    """A year that is learned from, and a month after it in which no inverter stops but those that tests stop: values
    [hours, plants, signals]. The plant whose clock follows daylight saving is left out."""
    simulation = solar_plants(PLANTS).simulate(datetime(2025, 4, 1, tzinfo=UTC), 5)
    simulation.truth.stops[:] = np.inf
    return simulation.values(np.arange(LEARNT + JUDGED))[:, ~simulation.truth.clock]


@pytest.fixture(scope="module")
def watch(life):
    return solar_fleet(SOLAR_WATCH, [f"plant-{i}" for i in range(life.shape[1])], life[:LEARNT])


def scorer_of(pack) -> Scorer:
    return Scorer([Entry(asset, asset, pack, place, SOLAR_WATCH) for place, asset in enumerate(pack.assets)])


def scores(pack, values: np.ndarray):
    scorer = scorer_of(pack)
    slots = np.tile(np.arange(len(pack)), len(values))
    return scorer.score(slots, values.reshape(-1, values.shape[2]), None, scorer.state())


def stopped(values: np.ndarray, share: float = 1 / INVERTERS) -> np.ndarray:
    moved = values.copy()
    moved[LEARNT + LOST :, 0, POWER] *= 1 - share
    return moved


def test_a_day_ahead_all_plants_beat_yesterday(life):
    fleet = solar_fleet(SOLAR_DAY_AHEAD, list("abcdefghijk"), life[:LEARNT])
    said = expected_power(fleet, DAY_AHEAD, life)
    found = [skill(life[:, plant], said[:, plant], LEARNT, DAY) for plant in range(life.shape[1])]
    assert min(one.against(one.yesterday) for one in found) > 0.6
    assert min(one.against(one.clear_sky) for one in found) > 0.6


def test_an_inverter_that_stops_is_named_within_a_day_and_clouds_are_not(life, watch):
    values = stopped(life)
    told = inverters_lost(values[..., POWER], expected_power(watch, WATCH, values), np.full(life.shape[1], INVERTERS))
    later = told[LEARNT:]
    assert not later[:LOST].any()
    assert 0 < np.argmax(later[:, 0] == 1) - LOST < DAY
    assert (later[LOST + DAY :, 0] == 1).mean() > 0.95
    assert (later[:, 1:] > 0).mean() < 0.01


def test_the_scores_of_the_blueprint_say_so_too(life, watch):
    block = scores(pack_of(watch), stopped(life)[LEARNT:])
    abnormal = (block.value > 1).reshape(JUDGED, -1)
    assert (block.route == MAIN).all()
    assert abnormal[LOST + DAY :, 0].mean() > 0.9
    assert abnormal[:, 1:].mean() < 0.03


def test_without_a_pyranometer_the_fallback_answers(life, watch):
    values = life[LEARNT:].copy()
    values[:, :, IRRADIANCE] = np.nan
    block = scores(pack_of(watch), values)
    assert (block.route == FALLBACK).all()
    assert (block.value > 1).mean() < 0.05


def test_the_gate_asks_whether_a_quarter_of_the_inverters_would_be_noticed(life, watch):
    pack = pack_of(watch)
    values = life[LEARNT:].transpose(1, 0, 2)

    def score(rows: np.ndarray) -> np.ndarray:
        return scores(pack, rows.transpose(1, 0, 2)).value.reshape(JUDGED, -1).T

    found = noticed(HeldOut(tuple("abcdefgh"), values, score(values), pack.scale, score))
    assert (found > 0.9).all()
    [gate] = gates()
    assert gate.passes(float(found[0]))
    assert (
        gate.say(0.31)
        == "With a quarter of the inverters off 31% of the hours are called abnormal; at least 50% must be."
    )


def test_a_new_plant_borrows_and_would_notice_an_outage(life, watch):
    """Two days of rows allow no model of its own; one of the fleet says nothing wrong and sees a plant that stops."""
    young = life[LEARNT : LEARNT + 2 * DAY, 0]
    rows = FleetRows(("young",), np.array([0, len(young)]), young)
    lent = borrow_fleet(SOLAR_WATCH, pack_of(watch), range(1, 9), rows, ESSENTIAL, EXOGENOUS)
    assert lent.fleet.failures == ()
    borrowed = pack_of(lent.fleet)
    later = life[LEARNT + 2 * DAY :, :1]
    out = later.copy()
    out[..., POWER] = 0
    assert (scores(borrowed, later).value > 1).mean() < 0.05
    assert (scores(borrowed, out).value[DAY:] > 1).mean() > 0.9
