from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from andon_solar.clock import Shift, noon_error, shifts
from andon_solar.contract import CLEAR_SKY, IRRADIANCE, POWER, SOLAR_PLANT, SUN_UP
from andon_solar.simulation import LOSS_BLOCK, solar_plants
from andon_solar.sun import HOUR, Site

ORIGIN = datetime(2025, 1, 1, tzinfo=UTC)
PLANTS, HOURS = 12, 365 * 24
CLOCK = 7
"""The plant whose clock follows daylight saving."""


@pytest.fixture(scope="module")
def life():
    simulation = solar_plants(PLANTS).simulate(ORIGIN, 3)
    return simulation, simulation.values(np.arange(HOURS))


def test_slices_are_those_of_the_whole(life):
    simulation, values = life
    start = ORIGIN + timedelta(days=40)
    rows = simulation.rows(start, start + timedelta(hours=5))
    np.testing.assert_allclose(rows.values.reshape(5, PLANTS, -1), values[960:965], rtol=1e-12)
    assert rows.asset.tolist() == list(range(PLANTS)) * 5
    assert rows.time[PLANTS] == np.datetime64("2025-02-10T01:00", "us")
    thinned = simulation.rows(start, start + timedelta(hours=12), every_s=4 * 3600)
    np.testing.assert_allclose(thinned.values[PLANTS : 2 * PLANTS], values[964], rtol=1e-12)
    assert len(simulation.rows(start, start).values) == 0


def test_rows_keep_to_the_contract(life):
    _, values = life
    low, high = np.array([[signal.low, signal.high] for signal in SOLAR_PLANT.signals]).T
    assert np.isfinite(values).all()
    assert ((values >= low) & (values <= high)).all()
    sound = np.arange(PLANTS) != CLOCK
    dark = values[:, sound, SUN_UP] < 0
    assert (values[:, sound][dark][:, [POWER, IRRADIANCE, CLEAR_SKY]] == 0).all()


def test_neighbours_share_their_weather():
    values = solar_plants(50).simulate(ORIGIN, 3).values(np.arange(90 * 24))
    light = values[..., IRRADIANCE].reshape(90, 24, 50).sum(axis=1) / values[..., CLEAR_SKY].reshape(90, 24, 50).sum(1)
    together = np.corrcoef(light.T)
    assert together[0, 1:7].min() > 0.8
    assert abs(together[0, 25:32]).max() < 0.5


def test_an_inverter_takes_its_share_away(life):
    simulation, _ = life
    truth = simulation.truth
    plant, block = np.argwhere(np.isfinite(truth.stops))[0]
    first = int(truth.stops[plant, block])
    assert first >= LOSS_BLOCK
    hours = np.arange(first - 24, int(truth.runs_again[plant, block]) + 24)
    assert truth.lost(hours)[:, plant].tolist() == [0] * 24 + [1] * (len(hours) - 48) + [0] * 24
    events = simulation.events(ORIGIN, ORIGIN + timedelta(days=1800))
    mine = [event for event in events if event.asset == f"solar-{plant + 1:03d}"]
    assert mine[0].kind == "failure"
    assert mine[0].time == ORIGIN + timedelta(hours=first)
    assert mine[0].note == f"Inverter {truth.which[plant, block]} of {truth.inverters[plant]} stopped."
    assert mine[1].kind == "maintenance"
    assert [event.time for event in events] == sorted(event.time for event in events)


@pytest.mark.parametrize("plant", range(PLANTS))
def test_the_days_on_which_a_clock_was_moved_are_named(life, plant):
    simulation, values = life
    time = np.datetime64("2025-01-01", "us") + np.arange(HOURS) * HOUR
    site = Site(simulation.site.latitude[plant], simulation.site.longitude[plant])
    found = shifts(time, values[:, plant, POWER], site)
    moved = [Shift(np.datetime64("2025-03-30"), 1), Shift(np.datetime64("2025-10-26"), 0)]
    assert found == [Shift(np.datetime64("2025-01-01"), 0), *(moved if plant == CLOCK else [])]


def test_a_clock_that_never_gave_power_says_nothing():
    time = np.datetime64("2025-01-01", "us") + np.arange(48) * HOUR
    assert shifts(time, np.zeros(48), Site(50, 10)) == []
    assert shifts(time, np.full(48, np.nan), Site(50, 10)) == []


def test_days_without_power_are_left_out(life):
    simulation, values = life
    power = values[:240, 0, POWER].copy()
    power[48:72] = np.nan
    time = np.datetime64("2025-01-01", "us") + np.arange(240) * HOUR
    site = Site(simulation.site.latitude[0], simulation.site.longitude[0])
    days, error = noon_error(time, power, site)
    assert np.datetime64("2025-01-03") not in days
    assert abs(np.median(error)) < 30
