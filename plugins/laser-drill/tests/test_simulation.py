from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from andon_laser_drill.contract import LASER_DRILL, drill_contract
from andon_laser_drill.life import PARTS
from andon_laser_drill.plugin import demo_plants
from andon_laser_drill.simulation import drill_plant

from andon_sdk.plugin import Importance

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def simulation():
    (plant,) = demo_plants()
    return plant.simulate(ORIGIN, 7)


def test_contract_and_plant_belong_together():
    (plant,) = demo_plants()
    assert plant.contract == LASER_DRILL.key
    assert len(plant.assets) == 24
    assert len(LASER_DRILL.signals) == 16
    essential = [signal.key for signal in LASER_DRILL.signals if signal.importance is Importance.ESSENTIAL]
    assert essential == ["pulse_energy", "average_power"]


@pytest.mark.parametrize("cuts", [[0, 600], [0, 1, 2.5, 300, 301, 600]])
def test_the_same_however_it_is_sliced(simulation, cuts):
    start = ORIGIN + 17 * DAY
    whole = simulation.rows(start, start + timedelta(seconds=600))
    pieces = [simulation.rows(start + timedelta(seconds=a), start + timedelta(seconds=b)) for a, b in pairwise(cuts)]
    for name in ("asset", "time", "values"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        np.testing.assert_array_equal(joined, getattr(whole, name))
    assert len(whole.asset) == 600 * 24


def test_coarse_history_is_a_part_of_the_fine(simulation):
    start = ORIGIN + 2 * DAY
    fine = simulation.rows(start, start + timedelta(seconds=120))
    coarse = simulation.rows(start, start + timedelta(seconds=120), 60)
    chosen = np.isin(fine.time, coarse.time)
    np.testing.assert_array_equal(fine.values[chosen], coarse.values)
    assert len(coarse.asset) == 2 * 24


def test_seeds_differ_and_values_stay_within_the_contract(simulation):
    rows = simulation.rows(ORIGIN, ORIGIN + DAY, 300)
    (plant,) = demo_plants()
    other = plant.simulate(ORIGIN, 8).rows(ORIGIN, ORIGIN + DAY, 300)
    assert not np.array_equal(rows.values, other.values, equal_nan=True)
    low = np.array([signal.low for signal in LASER_DRILL.signals])
    high = np.array([signal.high for signal in LASER_DRILL.signals])
    some = ~np.isnan(rows.values)
    assert ((rows.values >= low) | ~some).all()
    assert ((rows.values <= high) | ~some).all()


def test_sensors_fail_and_essential_ones_rarely(simulation):
    rows = simulation.rows(ORIGIN, ORIGIN + 12 * DAY, 600)
    lost = np.isnan(rows.values).mean(axis=0)
    assert 0.0005 < lost.mean() < 0.01
    assert lost[:2].mean() < lost[2:].mean()


def test_wear_ends_in_a_stop_and_a_new_part(simulation):
    events = simulation.events(ORIGIN, ORIGIN + 60 * DAY)
    assert [event.time for event in events] == sorted(event.time for event in events)
    stops = {event.asset: event for event in events if event.kind == "failure"}
    repairs = {event.asset: event for event in events if event.kind == "part_replaced"}
    assert len(stops) == 8
    assert set(repairs) == set(stops)
    for asset, stop in stops.items():
        assert stop.part in PARTS
        assert repairs[asset].time - stop.time == timedelta(hours=4)
        drill = [a.key for a in simulation.assets].index(asset)
        onset = ORIGIN + timedelta(seconds=float(simulation.life.onset[drill, 0]))
        assert timedelta(days=28.9) < stop.time - onset < timedelta(days=31.1)
        standing = simulation.rows(stop.time, repairs[asset].time, 600)
        assert drill not in standing.asset
    halves = simulation.events(ORIGIN, ORIGIN + 30 * DAY), simulation.events(ORIGIN + 30 * DAY, ORIGIN + 60 * DAY)
    assert (*halves[0], *halves[1]) == events


def test_a_new_part_moves_the_normal(simulation):
    repair = next(event for event in simulation.events(ORIGIN, ORIGIN + 60 * DAY) if event.kind == "part_replaced")
    drill = [asset.key for asset in simulation.assets].index(repair.asset)

    def center(start: datetime) -> tuple[np.ndarray, np.ndarray]:
        rows = simulation.rows(start, start + 5 * DAY, 1800)
        return np.nanmedian(rows.values[rows.asset == drill], axis=0), np.nanstd(
            rows.values[rows.asset == drill], axis=0
        )

    (before, spread), (after, _) = center(ORIGIN), center(repair.time)
    assert (np.abs(after - before) / spread > 1.5).sum() >= 2


def test_large_plants():
    plant = drill_plant(drills=1000, extra_signals=284)
    assert plant.contract == drill_contract(284).key == "laser-drill-300"
    rows = plant.simulate(ORIGIN, 1).rows(ORIGIN, ORIGIN + timedelta(seconds=2))
    assert rows.values.shape == (2000, 300)
