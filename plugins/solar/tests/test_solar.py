import numpy as np
import pytest
import torch
from andon_solar.contract import POWER, SOLAR_PLANT
from andon_solar.data import hourly, recording, utc_of
from andon_solar.forecast import DAY_AHEAD, DRIVERS, HOUR_AHEAD, WATCH, Told, answer, day_score, fit, products
from andon_solar.inverters import inverters_lost
from andon_solar.plugin import alarm_rules, blueprints, contracts, demo_plants, gates
from andon_solar.sun import HOUR, Site

from andon_sdk.plugin import FitRows, Inputs

SIGNALS = len(SOLAR_PLANT.signals)
PARAMETERS = {"ridge": torch.tensor(1e-6)}


def test_declarations_belong_together():
    assert contracts() == [SOLAR_PLANT]
    declared = (*blueprints(), *alarm_rules(), *gates(), *demo_plants())
    assert {one.contract for one in declared} == {"solar-plant"}
    assert demo_plants()[0].blueprint == "solar-watch"
    assert [len(plant.assets) for plant in (demo_plants()[0], demo_plants()[0].sized(600))] == [24, 600]


def test_power_alone_is_judged():
    assert tuple(range(1, SIGNALS)) == DRIVERS


def test_products_are_all_of_them():
    found = products(torch.tensor([[2.0, 3.0]]), 3)
    assert found[0].tolist() == [1, 2, 3, 4, 6, 9, 8, 12, 18, 27]


@pytest.mark.parametrize(
    ("told", "hidden"), [(WATCH, range(1, 25)), (DAY_AHEAD, range(1, 24)), (HOUR_AHEAD, [*range(3, 24)])]
)
def test_power_is_not_seen_before_the_horizon(told: Told, hidden):
    torch.manual_seed(0)
    x, seen = torch.randn(3, 25, SIGNALS), torch.ones(3, 25, SIGNALS)
    other = x.clone()
    other[:, [-1, *(-1 - hour for hour in hidden)], POWER] += 1
    assert torch.equal(told.products(x, seen), told.products(other, seen))


def rows_of(x: torch.Tensor, present: torch.Tensor) -> FitRows:
    return FitRows(x, present, x, present, Inputs(SIGNALS, 24, DRIVERS))


def test_what_is_a_product_of_drivers_is_found_again():
    torch.manual_seed(1)
    x, present = torch.randn(600, 24, SIGNALS).clamp(-3, 3), torch.ones(600, 24, SIGNALS)
    x[:, :, POWER] = 0.5 + x[..., 1] * x[..., 5] - 0.3 * x[..., 2]
    present[:100, -1, POWER] = 0
    x[:100, -1, POWER] = 0
    model = fit(WATCH, rows_of(x, present), PARAMETERS)
    said = answer(WATCH, model, x[100:], present[100:])
    torch.testing.assert_close(said, x[100:, -1, POWER], atol=2e-3, rtol=0)
    assert model["most"] == x[:, -1, POWER].max()
    short = x.clone()
    short[..., POWER] -= 1.0
    judged = torch.zeros(600, SIGNALS)
    judged[:, POWER] = 1
    sound, missing = (day_score(model, rows[100:], present[100:], judged[100:]) for rows in (x, short))
    assert sound[:, POWER].max() < 1e-3 < 0.01 < missing[:, POWER].min()
    assert (missing[:, 1:] == 0).all()


def test_beyond_what_it_saw_it_says_the_most_it_saw():
    torch.manual_seed(2)
    x, present = torch.randn(300, 24, SIGNALS), torch.ones(300, 24, SIGNALS)
    x[:, :, POWER] = x[..., 1]
    model = fit(WATCH, rows_of(x, present), PARAMETERS)
    assert answer(WATCH, model, 50 * x, present).max() == model["most"]


def test_inverters_that_stop_are_counted_and_clouds_are_not():
    draw = np.random.default_rng(0)
    sun = np.maximum(np.sin((np.arange(24) - 6) / 12 * np.pi), 0)
    expected = np.tile((600 * sun * draw.uniform(0.3, 1, (40, 1))).reshape(-1, 1), 3)
    power = expected * (1 + 0.02 * draw.normal(size=expected.shape))
    power[30 * 24 :, 1] *= 1 - 1 / 8
    power[30 * 24 : 35 * 24, 2] *= 1 - 2 / 5
    lost = inverters_lost(power, expected, np.array([8, 8, 5]))
    assert not lost[:, 0].any()
    assert not lost[: 30 * 24].any()
    named = [int(np.argmax(lost[:, plant] == many)) for plant, many in ((1, 1), (2, 2))]
    assert all(30 * 24 < row < 31 * 24 for row in named)
    assert (lost[31 * 24 :, 1] == 1).all()
    assert (lost[36 * 24 :, 2] == 0).all()


def test_readings_become_means_of_hours():
    time = np.datetime64("2025-06-01T10:00", "us") + np.array([0, 20, 40, 130]) * (HOUR // 60)
    found = recording(time, np.array([100.0, 200.0, np.nan, 50.0]), Site(50, 10))
    assert found.time.tolist() == (found.time[0] + np.arange(3) * HOUR).tolist()
    np.testing.assert_array_equal(found.values[:, POWER], [150, np.nan, 50])
    assert np.isfinite(found.values[:, 4:]).all()
    np.testing.assert_array_equal(hourly(time, np.full(4, np.nan), found.time), [np.nan] * 3)


def test_the_hour_that_comes_twice_is_told_apart_by_its_place():
    wall = np.array(["2021-10-31T00:30", "2021-10-31T01:30", "2021-10-31T01:30", "2021-10-31T02:30"], "datetime64[us]")
    wall[2] = np.datetime64("2021-10-31T01:00")
    found = utc_of(wall, "Europe/London").astype("datetime64[m]").astype(str).tolist()
    assert found == ["2021-10-30T23:30", "2021-10-31T00:30", "2021-10-31T01:00", "2021-10-31T02:30"]
