import numpy as np
import pytest
from andon_solar.contract import CLEAR_SKY, POWER, SOLAR_PLANT, SUN_UP
from andon_solar.skill import clear_gain, earlier, skill, smart_persistence

DAYS, LIT = 6, slice(8, 16)


def plant(daily: list[float]) -> np.ndarray:
    """Rows of days with eight hours of light, each of so many W/kWp, under a clear sky of 800 W/m²."""
    values = np.zeros((len(daily) * 24, len(SOLAR_PLANT.signals)))
    days = values.reshape(len(daily), 24, -1)
    days[:, LIT, CLEAR_SKY], days[:, LIT, SUN_UP] = 800, 0.7
    days[:, LIT, POWER] = np.array(daily)[:, None]
    return values


def test_skill_against_each_reference():
    values = plant([400, 400, 400, 400, 200, 300])
    forecast = values[:, POWER] + 20
    found = skill(values, forecast, first=4 * 24, horizon=24)
    assert found.hours == 16
    assert found.rmse == pytest.approx(20)
    assert found.yesterday == pytest.approx(np.sqrt((200**2 + 100**2) / 2))
    assert found.smart == pytest.approx(found.yesterday)
    assert found.clear_sky == pytest.approx(np.sqrt((200**2 + 100**2) / 2))
    assert found.against(found.yesterday) == pytest.approx(1 - 20 / np.sqrt(25_000))


def test_hours_without_an_answer_are_not_judged():
    values = plant([400, 300, 200])
    forecast = values[:, POWER].copy()
    forecast[24 + 8] = np.nan
    values[48 + 8, POWER] = np.nan
    assert skill(values, forecast, 24, 24).hours == 16 - 2


def test_no_reference_knows_what_lies_within_the_horizon():
    power = np.arange(60.0)
    assert earlier(power, 24)[30] == 6
    assert np.isnan(earlier(power, 24)[:24]).all()
    sky = np.full(60, 100.0)
    assert smart_persistence(power, sky, 3)[30] == 27


def test_smart_persistence_takes_the_day_before_where_it_was_dark():
    values = plant([400, 300])
    said = smart_persistence(values[:, POWER], values[:, CLEAR_SKY], 1)
    assert said[24 + 8] == 400
    assert said[24 + 9] == 300
    assert said[24 + 20] == 0 or np.isnan(said[24 + 20])


def test_a_plants_gain_is_that_of_its_best_hours():
    values = plant([400] * 9 + [720])
    assert clear_gain(values[:, POWER], values[:, CLEAR_SKY]) == pytest.approx(0.54, abs=0.04)
